import fc from 'fast-check'
import {
  concatMap,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  reduce,
  Subject,
  throwError,
  toArray,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, expectTypeOf, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import type { CompositeKey } from '../elements/key.ts'
import { key } from '../elements/key.ts'
import type { TimeWindow } from '../elements/time-window.ts'
import { count } from '../functions/aggregates/count.ts'
import { max } from '../functions/aggregates/max.ts'
import { mean } from '../functions/aggregates/mean.ts'
import { min } from '../functions/aggregates/min.ts'
import { sessionWindow, slidingWindow, type ThroughMetrics, tumblingWindow } from './index.ts'

interface Reading {
  readonly patientId: string
  readonly time: number
  readonly heartRate: number
}

const reading = (patientId: string, time: number, heartRate = 60): Reading => ({ patientId, time, heartRate })
const base = { key: (r: Reading) => r.patientId, timestamp: (r: Reading) => r.time }
const all = <T>(values: Observable<T>): Promise<T[]> => lastValueFrom(values.pipe(toArray()))

const readings = [reading('a', 0, 60), reading('b', 10_000, 70), reading('a', 30_000, 80), reading('a', 61_000, 90)]

it('infers the result of an operator written inside of pipe', async () => {
  const tumbling = from(readings).pipe(
    tumblingWindow({
      size: '1m',
      key: (r) => r.patientId,
      timestamp: (r) => r.time,
      maxDelay: '5s',
      aggregate: { heartRate: mean((r) => r.heartRate), lowest: min((r) => r.heartRate), readings: count() },
    }),
  )
  interface Expected {
    readonly key: string
    readonly window: TimeWindow
    readonly heartRate: number | undefined
    readonly lowest: number | undefined
    readonly readings: number
  }
  expectTypeOf(tumbling).toEqualTypeOf<Observable<Expected>>()
  expect(await all(tumbling)).toEqual([
    { key: 'a', window: { start: 0, end: 60_000 }, heartRate: 70, lowest: 60, readings: 2 },
    { key: 'b', window: { start: 0, end: 60_000 }, heartRate: 70, lowest: 70, readings: 1 },
    { key: 'a', window: { start: 60_000, end: 120_000 }, heartRate: 90, lowest: 90, readings: 1 },
  ])

  const sliding = from(readings).pipe(
    slidingWindow({
      size: '1m',
      slide: '30s',
      key: (r) => key(r.patientId, 1),
      timestamp: (r) => r.time,
      aggregate: { top: max((r) => r.heartRate) },
      onLate: (r) => expectTypeOf(r).toEqualTypeOf<Reading>(),
    }),
    map((w) => ({ key: w.key, top: w.top })),
  )
  expectTypeOf(sliding).toEqualTypeOf<Observable<{ key: CompositeKey; top: number | undefined }>>()

  const sessions = from(readings).pipe(
    sessionWindow({ gap: '30s', key: (r) => r.heartRate, timestamp: (r) => r.time, aggregate: { n: count() } }),
    map((w) => [w.key, w.n] as const),
  )
  expectTypeOf(sessions).toEqualTypeOf<Observable<readonly [number, number]>>()
})

it('emits sliding windows', async () => {
  const sliding = from(readings).pipe(slidingWindow({ ...base, size: '1m', slide: '30s', aggregate: { n: count() } }))
  expect((await all(sliding)).map(({ key, window, n }) => [key, window.start, n])).toEqual([
    ['a', -30_000, 1],
    ['b', -30_000, 1],
    ['a', 0, 2],
    ['b', 0, 1],
    ['a', 30_000, 2],
    ['a', 60_000, 1],
  ])
})

it('emits session windows', async () => {
  const sessions = from(readings).pipe(sessionWindow({ ...base, gap: '30s', aggregate: { n: count() } }))
  expect((await all(sessions)).map(({ key, window, n }) => [key, window.start, window.end, n])).toEqual([
    ['b', 10_000, 40_000, 1],
    ['a', 0, 60_000, 2],
    ['a', 61_000, 91_000, 1],
  ])
})

it('emits a window when a value passes its end by more than the delay, and before that value’s next returns', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ cold, expectObservable }) => {
    const source = cold('a-b-c-d-|', {
      a: reading('p', 0),
      b: reading('p', 60_000),
      c: reading('p', 64_999),
      d: reading('p', 65_000),
    })
    const windows = source.pipe(
      tumblingWindow({ ...base, size: '1m', maxDelay: '5s', aggregate: { n: count() } }),
      map(({ window, n }) => `${window.start}: ${n}`),
    )
    expectObservable(windows).toBe('------x-(y|)', { x: '0: 1', y: '60000: 3' })
  })
})

it('agrees with groupBy on values in order', async () => {
  const value = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    step: fc.nat(40),
    rate: fc.integer({ min: 0, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 60 }), async (steps) => {
      let time = -100
      const ordered = steps.map(({ key, step, rate }) => {
        time += step
        return reading(key, time, rate)
      })
      const idiom = from(ordered).pipe(
        groupBy((r) => `${r.patientId} ${Math.floor(r.time / 50) * 50}`),
        mergeMap((group) =>
          group.pipe(
            reduce((window, r) => ({ n: window.n + 1, top: Math.max(window.top, r.heartRate) }), { n: 0, top: -1 }),
            map(({ n, top }) => `${group.key}: ${n} ${top}`),
          ),
        ),
      )
      const windows = from(ordered).pipe(
        tumblingWindow({ ...base, size: 50, aggregate: { n: count(), top: max((r) => r.heartRate) } }),
        map(({ key, window, n, top }) => `${key} ${window.start}: ${n} ${top}`),
      )
      const found = await all(windows)
      expect([...found].sort()).toEqual((await all(idiom)).sort())
      const starts = found.map((text) => Number(text.split(/[ :]/)[1]))
      expect(starts).toEqual([...starts].sort((a, b) => a - b))
    }),
    { numRuns: propertyRuns() },
  )
})

it('counts values that come within the delay, whatever their order', async () => {
  const disordered = [59_000, 61_000, 58_000, 63_000, 59_999, 70_000]
  const windows = from(disordered).pipe(
    concatMap((time) => of(reading('a', time))),
    tumblingWindow({ ...base, size: '1m', maxDelay: '5s', aggregate: { n: count() } }),
  )
  expect((await all(windows)).map(({ window, n }) => [window.start, n])).toEqual([
    [0, 3],
    [60_000, 3],
  ])
})

it('hands over and counts what came too late', async () => {
  const disordered = [reading('a', 120_000), reading('a', 5), reading('a', 119_999)]
  const late: Reading[] = []
  const jobs: (() => ThroughMetrics)[] = []
  const windows = from(disordered).pipe(
    tumblingWindow({
      ...base,
      size: '1m',
      aggregate: { n: count() },
      onLate: (r) => late.push(r),
      watch: (metrics) => jobs.push(metrics),
    }),
  )
  expect(await all(windows)).toHaveLength(1)
  expect(late).toEqual([reading('a', 5), reading('a', 119_999)])
  expect(jobs[0]?.()).toMatchObject({ recordsIn: 3, recordsOut: 1, late: 2 })
})

it('emits a window again for what comes late and is still allowed', async () => {
  const windows = from([
    reading('a', 0),
    reading('a', 61_000),
    reading('a', 1),
    reading('a', 121_000),
    reading('a', 2),
  ]).pipe(tumblingWindow({ ...base, size: '1m', allowedLateness: '1m', aggregate: { n: count() } }))
  expect((await all(windows)).map(({ window, n }) => [window.start, n])).toEqual([
    [0, 1],
    [0, 2],
    [60_000, 1],
    [120_000, 1],
  ])
})

it('makes what its functions throw the error of the pipeline', async () => {
  const thrower = (): never => {
    throw new Error('no')
  }
  const late = [reading('a', 120_000), reading('a', 5)]
  for (const broken of [
    { ...base, key: thrower },
    { ...base, timestamp: thrower },
    { ...base, onLate: thrower },
    { ...base, aggregate: { n: count<Reading>(thrower) } },
  ]) {
    const windows = from(late).pipe(tumblingWindow({ aggregate: { n: count<Reading>() }, size: '1m', ...broken }))
    await expect(all(windows)).rejects.toMatchObject({ code: 'CORE_USER_FUNCTION_FAILED' })
  }
  const untimed = of(reading('a', Number.NaN)).pipe(tumblingWindow({ ...base, size: '1m', aggregate: { n: count() } }))
  await expect(all(untimed)).rejects.toMatchObject({ code: 'CORE_TIMESTAMP_INVALID' })
})

it('refuses mistakes where they are written', () => {
  const options = { ...base, aggregate: { n: count<Reading>() } }
  expect(() => tumblingWindow({ ...options, size: 0 })).toThrow('CORE_WINDOW_INVALID')
  expect(() => slidingWindow({ ...options, size: '1m', slide: '2m' })).toThrow('CORE_WINDOW_INVALID')
  expect(() => sessionWindow({ ...options, gap: 'soon' })).toThrow('CORE_DURATION_INVALID')
  expect(() => tumblingWindow({ ...options, size: '1m', maxDelay: -1 })).toThrow('CORE_DURATION_INVALID')
  expect(() => tumblingWindow({ ...base, size: '1m', aggregate: {} })).toThrow('CORE_AGGREGATE_INVALID')
})

it('flushes neither at an error of the source nor at unsubscribe', () => {
  const windows = tumblingWindow({ ...base, size: '1m', aggregate: { n: count<Reading>() } })
  const log: unknown[] = []
  const source = new Subject<Reading>()
  const subscription = source.pipe(windows).subscribe((w) => log.push(w))
  source.next(reading('a', 0))
  subscription.unsubscribe()
  expect(source.observed).toBe(false)
  throwError(() => 'broken')
    .pipe(windows)
    .subscribe({ next: (w) => log.push(w), error: (error) => log.push(error) })
  expect(log).toEqual(['broken'])
  NEVER.pipe(windows).subscribe().unsubscribe()
})
