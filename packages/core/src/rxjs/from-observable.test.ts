import { asyncScheduler, concat, from, type Observable, observeOn, of, Subject, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { DataStream } from '../api/data-stream.ts'
import { createEnvironment } from '../api/environment.ts'
import type { ExecuteOptions } from '../api/execute-options.ts'
import { memoryStorage } from '../checkpoint/storages/memory-storage.ts'
import type { Sink } from '../operators/sinks/sink.ts'
import { sourceContract } from '../operators/sources/source.contract.ts'
import type { JobHandle } from '../runtime/job-handle.ts'
import { boundedOutOfOrderness } from '../time/watermark-strategy.ts'
import { type FromObservableOptions, fromObservable } from './index.ts'

/** A sink that takes a batch only when it is told to. */
class Gate<T> {
  readonly taken: T[] = []
  #open: (() => void) | undefined
  #reached: (() => void) | undefined

  readonly sink: Sink<T> = {
    kind: 'gate',
    delivery: 'at-least-once',
    open: () => ({
      write: async (values) => {
        this.taken.push(...values)
        await new Promise<void>((resolve) => {
          this.#open = resolve
          this.#reached?.()
        })
      },
    }),
  }

  /** Resolves when the sink is at a batch. */
  async reached(): Promise<void> {
    if (this.#open !== undefined) return
    await new Promise<void>((resolve) => {
      this.#reached = resolve
    })
  }

  open(): void {
    const open = this.#open
    this.#open = undefined
    open?.()
  }
}

function collected<T>(
  observable: Observable<T>,
  options: FromObservableOptions<T>,
  take: (value: T) => void = () => {},
): Promise<T[]> {
  const taken = (value: T): T => {
    take(value)
    return value
  }
  return createEnvironment().fromSource(fromObservable(observable, options)).map(taken).executeAndCollect()
}

function started<T>(stream: DataStream<T>, options: ExecuteOptions = {}): { seen: T[]; job: JobHandle } {
  const seen: T[] = []
  const write = (values: readonly T[]): void => {
    seen.push(...values)
  }
  return {
    seen,
    job: stream.executeInto({ kind: 'seen', delivery: 'at-least-once', open: () => ({ write }) }, options),
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('fromObservable', () => {
  const contract = sourceContract({
    create: () => ({
      source: fromObservable(from([1, 2, 3, 4, 5]), { overflow: 'fail' }),
      expected: { all: [1, 2, 3, 4, 5] },
    }),
  })
  // Nothing to go on from: what an Observable gave cannot be asked for again.
  for (const { name, run } of contract.filter((testCase) => !testCase.name.startsWith('goes on from'))) it(name, run)

  it('ends the job when the Observable completes, though its clock is the wall’s', async () => {
    expect(await collected(of(1, 2, 3), { overflow: 'fail' })).toEqual([1, 2, 3])
    expect(await collected(of(1, 2, 3).pipe(observeOn(asyncScheduler)), { overflow: 'fail' })).toEqual([1, 2, 3])
    let isReplay: boolean | undefined
    await createEnvironment()
      .fromSource(fromObservable(of(1), { overflow: 'fail' }))
      .process<number>({
        processRecord(_value, ctx) {
          isReplay = ctx.isReplay
        },
      })
      .executeAndCollect()
    expect(isReplay).toBe(false)
  })

  it('can be replayed by the times of its values', async () => {
    const env = createEnvironment()
    const clock: number[] = []
    const stream = env
      .fromSource(fromObservable(of(5, 7), { overflow: 'fail' }), {
        watermarks: boundedOutOfOrderness<number>(0).timestamp((t) => t),
      })
      .process<number>({
        processRecord(_value, ctx) {
          clock.push(ctx.now())
        },
      })
    await env.executeAndCollect(stream, { clock: 'replay' })
    expect(clock).toEqual([5, 7])
  })

  it('needs an overflow policy, and refuses what it cannot be', () => {
    // @ts-expect-error an Observable cannot wait: what happens then has to be said
    expect(() => fromObservable(of(1), {})).toThrow('CORE_OPTION_INVALID')
    // @ts-expect-error not a policy
    expect(() => fromObservable(of(1), { overflow: 'block' })).toThrow('overflow was block')
    // @ts-expect-error it keeps one
    expect(() => fromObservable(of(1), { overflow: 'sample', bufferSize: 2 })).toThrow('CORE_OPTION_INVALID')
    for (const bufferSize of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => fromObservable(of(1), { overflow: 'fail', bufferSize })).toThrow(`bufferSize was ${bufferSize}`)
    }
    expectTypeOf(fromObservable(of(1), { overflow: 'sample' }).createReader).returns.toHaveProperty('openSplit')
  })

  it('keeps what its policy says of a burst, and counts and hands over the rest', async () => {
    const run = async (options: FromObservableOptions<number>) => {
      const dropped: [number, number][] = []
      const env = createEnvironment()
      const source = fromObservable(of(1, 2, 3, 4, 5), { ...options, onDrop: (value, n) => dropped.push([value, n]) })
      const { seen, job } = started(env.fromSource(source, { id: 'burst' }))
      const { metrics } = await job.finished
      const counted = metrics.steps.find((step) => step.id === 'burst')?.counters.dropped ?? 0
      expect(counted).toBe(dropped.length)
      expect(dropped.map(([, n]) => n)).toEqual(dropped.map((_, i) => i + 1))
      return { seen, dropped: dropped.map(([value]) => value) }
    }
    expect(await run({ overflow: 'fail', bufferSize: 5 })).toEqual({ seen: [1, 2, 3, 4, 5], dropped: [] })
    expect(await run({ overflow: 'drop-oldest', bufferSize: 2 })).toEqual({ seen: [4, 5], dropped: [1, 2, 3] })
    expect(await run({ overflow: 'drop-newest', bufferSize: 2 })).toEqual({ seen: [1, 2], dropped: [3, 4, 5] })
    expect(await run({ overflow: 'sample' })).toEqual({ seen: [5], dropped: [1, 2, 3, 4] })
  })

  it('keeps for a job that is busy only what its policy says, to the value', async () => {
    const run = async (options: FromObservableOptions<number>) => {
      const source = new Subject<number>()
      const gate = new Gate<number>()
      const env = createEnvironment()
      // So many at once that the sink is full.
      env
        .fromSource(fromObservable(source, options))
        .flatMap((n) => Array.from({ length: 5_000 }, () => n))
        .sinkTo(gate.sink)
      const { finished } = env.executeAsync()
      await macrotask()
      source.next(0)
      await gate.reached()
      for (const n of [1, 2, 3, 4, 5]) {
        source.next(n)
        await macrotask()
      }
      source.complete()
      const opening = setInterval(() => gate.open(), 0)
      await finished.finally(() => clearInterval(opening))
      return [...new Set(gate.taken)]
    }
    expect(await run({ overflow: 'sample' })).toEqual([0, 5])
    expect(await run({ overflow: 'drop-oldest', bufferSize: 2 })).toEqual([0, 4, 5])
    expect(await run({ overflow: 'drop-newest', bufferSize: 2 })).toEqual([0, 1, 2])
  })

  it('fails the job when more comes than it can hold, after what it holds, and leaves the Observable', async () => {
    let given = 0
    function* endless(): Generator<number> {
      for (;;) yield given++
    }
    const taken: number[] = []
    const job = collected(from(endless()), { overflow: 'fail', bufferSize: 3 }, (n) => taken.push(n))
    await expect(job).rejects.toMatchObject({ code: 'CORE_BUFFER_OVERFLOW' })
    expect(taken).toEqual([0, 1, 2])
    expect(given).toBe(4)
  })

  it('fails the job with the error of the Observable, after the values before it', async () => {
    const cause = new Error('gone')
    const broken = concat(
      of(1, 2),
      throwError(() => cause),
    )
    for (const observable of [broken, broken.pipe(observeOn(asyncScheduler))]) {
      const taken: number[] = []
      const job = collected(observable, { overflow: 'fail' }, (n) => taken.push(n))
      await expect(job).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED', cause })
      expect(taken).toEqual([1, 2])
    }
  })

  it('fails the job with what onDrop throws', async () => {
    const cause = new Error('no')
    const job = collected(of(1, 2), {
      overflow: 'sample',
      onDrop() {
        throw cause
      },
    })
    await expect(job).rejects.toMatchObject({ code: 'CORE_SOURCE_FAILED', cause })
  })

  it('leaves the Observable when the job is stopped, cancelled or fails', async () => {
    for (const end of ['stop', 'cancel', 'fail'] as const) {
      const source = new Subject<number>()
      const stream = createEnvironment()
        .fromSource(fromObservable(source, { overflow: 'fail' }))
        .map((n) => {
          if (n === 2) throw new Error('no')
          return n
        })
      const { job } = started(stream)
      const ended = job.finished.then(
        (result) => result.status,
        (error: { code: string }) => error.code,
      )
      await macrotask()
      source.next(1)
      await macrotask()
      expect(source.observed).toBe(true)
      if (end === 'stop') void job.stop()
      else if (end === 'cancel') job.cancel()
      else source.next(2)
      expect(await ended).toBe({ stop: 'stopped', cancel: 'CORE_CANCELLED', fail: 'CORE_USER_FUNCTION_FAILED' }[end])
      expect(source.observed).toBe(false)
    }
  })

  it('takes what comes from then on, all of it, when the job goes on from a checkpoint', async () => {
    const storage = memoryStorage()
    const run = async (values: number[]) => {
      const source = new Subject<number>()
      const { seen, job } = started(
        createEnvironment().fromSource(fromObservable(source, { overflow: 'fail' }), { id: 'in' }),
        { checkpoints: { storage } },
      )
      await macrotask()
      await macrotask()
      for (const value of values) source.next(value)
      while (seen.length < values.length) await macrotask()
      const { metrics } = await job.stop()
      return { seen, recordsIn: metrics.recordsIn }
    }
    expect(await run([1, 2, 3])).toEqual({ seen: [1, 2, 3], recordsIn: 3 })
    expect(await run([4, 5])).toEqual({ seen: [4, 5], recordsIn: 5 })
  })
})
