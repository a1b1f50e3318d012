import { firstValueFrom, lastValueFrom, Subject, take, timer, toArray } from 'rxjs'
import { expect, expectTypeOf, it } from 'vitest'
import { createEnvironment } from '../api/environment.ts'
import { functionSink } from '../operators/sinks/function-sink.ts'
import { fromObservable, toObservable } from './index.ts'

it('runs the job when it is subscribed to, and completes with it, each time', async () => {
  let runs = 0
  const stream = createEnvironment()
    .fromIterable({
      *[Symbol.iterator]() {
        runs += 1
        yield* [1, 2]
      },
    })
    .map((n) => n + 1)
  const values = toObservable(stream).pipe(toArray())
  expectTypeOf(toObservable(stream)).toHaveProperty('subscribe')
  expect(runs).toBe(0)
  expect(await lastValueFrom(values)).toEqual([2, 3])
  expect(await lastValueFrom(values)).toEqual([2, 3])
  expect(runs).toBe(2)
})

it('runs the other sinks of the environment too', async () => {
  const other: number[] = []
  const env = createEnvironment()
  const stream = env.fromArray([1, 2])
  stream.sinkTo(functionSink('other', (n) => void other.push(n)))
  expect(await lastValueFrom(toObservable(stream.map((n) => -n)).pipe(toArray()))).toEqual([-1, -2])
  expect(other).toEqual([1, 2])
})

it('passes the error of the job on, and mistakes in it', async () => {
  const cause = new Error('no')
  const broken = createEnvironment()
    .fromArray([1, 2])
    .map((n) => {
      if (n === 2) throw cause
      return n
    })
  await expect(lastValueFrom(toObservable(broken))).rejects.toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED', cause })
  const sound = createEnvironment().fromArray([1])
  await expect(lastValueFrom(toObservable(sound, { batchSize: 0 }))).rejects.toMatchObject({
    code: 'CORE_OPTION_INVALID',
  })
})

it('cancels the job when it is unsubscribed from, and hands nothing over after that', async () => {
  const ticks = new Subject<number>()
  const seen: number[] = []
  const subscription = toObservable(
    createEnvironment().fromSource(fromObservable(ticks, { overflow: 'fail' })),
  ).subscribe((n) => {
    seen.push(n)
    if (n === 3) subscription.unsubscribe()
  })
  while (!ticks.observed) await firstValueFrom(timer(0))
  for (const n of [1, 2, 3, 4, 5]) ticks.next(n)
  while (ticks.observed) await firstValueFrom(timer(0))
  expect(seen).toEqual([1, 2, 3])
})

it('ends a job that never ends by itself when the subscriber has had enough', async () => {
  function* endless(): Generator<number> {
    for (let i = 0; ; i++) yield i
  }
  const stream = createEnvironment().fromIterable({ [Symbol.iterator]: endless })
  expect(await lastValueFrom(toObservable(stream).pipe(take(3), toArray()))).toEqual([0, 1, 2])
})

it('passes on that the job was cancelled from elsewhere', async () => {
  const abort = new AbortController()
  const stream = createEnvironment().fromSource(fromObservable(new Subject<number>(), { overflow: 'fail' }))
  const values = lastValueFrom(toObservable(stream, { signal: abort.signal }))
  abort.abort()
  await expect(values).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
})
