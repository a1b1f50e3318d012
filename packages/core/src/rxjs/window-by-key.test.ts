import fc from 'fast-check'
import {
  bufferCount,
  filter,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  type OperatorFunction,
  of,
  toArray,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, expectTypeOf, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { count } from '../functions/aggregates/count.ts'
import { sum } from '../functions/aggregates/sum.ts'
import { cumulativeEventTimeWindows } from '../operators/windows/assigners/cumulative-event-time-windows.ts'
import { eventTimeSessionWindows } from '../operators/windows/assigners/event-time-session-windows.ts'
import { tumblingEventTimeWindows } from '../operators/windows/assigners/tumbling-event-time-windows.ts'
import { tumblingProcessingTimeWindows } from '../operators/windows/assigners/tumbling-processing-time-windows.ts'
import { countEvictor } from '../operators/windows/evictors/count-evictor.ts'
import { deltaEvictor } from '../operators/windows/evictors/delta-evictor.ts'
import { countTrigger } from '../operators/windows/triggers/count-trigger.ts'
import { eventTimeTrigger } from '../operators/windows/triggers/event-time-trigger.ts'
import { countWindow, processWindowByKey, tumblingWindow, windowByKey } from './index.ts'

interface Reading {
  readonly id: string
  readonly at: number
}

const key = (r: Reading): string => r.id
const timestamp = (r: Reading): number => r.at
const read = (id: string, at: number): Reading => ({ id, at })

function all<T, R>(values: readonly T[], operator: OperatorFunction<T, R>): R[] {
  const seen: R[] = []
  from(values)
    .pipe(operator)
    .subscribe({
      next: (r) => void seen.push(r),
      error: (error: unknown) => {
        throw error
      },
    })
  return seen
}

it('countWindow is bufferCount in each group, but for what is left at the end', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40, size: 'max' })
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 6 }), (ids, size) => {
      const values = ids.map((id, at) => ({ id, at }))
      const theirs = all(values, (source) =>
        source.pipe(
          groupBy(key),
          mergeMap((group) =>
            group.pipe(
              bufferCount(size),
              filter((held) => held.length === size),
              map((held) => ({ key: group.key, n: size, at: held.reduce((total, r) => total + r.at, 0) })),
            ),
          ),
        ),
      )
      expect(all(values, countWindow({ key, size, aggregate: { n: count(), at: sum(timestamp) } }))).toEqual(theirs)
    }),
    { numRuns: propertyRuns() },
  )
})

it('windows of the scheduler’s time end with it, without a value that comes later', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ hot, expectObservable }) => {
    const windows = hot('-a-b-a--c-----|').pipe(
      windowByKey({
        key: (letter) => letter,
        window: tumblingProcessingTimeWindows(4),
        aggregate: { n: count() },
      }),
      map((w) => `${w.key}${w.n}`),
    )
    expectObservable(windows).toBe('    ----(wx)y---z-|', { w: 'a1', x: 'b1', y: 'a1', z: 'c1' })
  })
})

it('takes windows of any kind, a trigger and an evictor', () => {
  const values = [read('p', 1), read('p', 2), read('p', 6), read('p', 11)]
  const base = { key, timestamp }
  const grown = windowByKey({ ...base, window: cumulativeEventTimeWindows(10, 5), aggregate: { n: count() } })
  expect(all(values, grown).map(({ window, n }) => [window.start, window.end, n])).toEqual([
    [0, 5, 2],
    [0, 10, 3],
    [10, 15, 1],
    [10, 20, 1],
  ])
  const each = tumblingWindow({ ...base, size: 10, trigger: countTrigger(1), aggregate: { n: count() } })
  expect(all(values, each).map(({ window, n }) => [window.start, n])).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [10, 1],
  ])
  const newest = tumblingWindow({ ...base, size: 10, evictor: countEvictor(2), aggregate: { at: sum(timestamp) } })
  expect(all(values, newest).map(({ at }) => at)).toEqual([8, 11])
})

it('hands all values of a window to a function, and late ones to another', () => {
  const late: number[] = []
  const spells = processWindowByKey({
    key,
    timestamp,
    window: eventTimeSessionWindows(4),
    process: (values, ctx) => `${ctx.key} ${values.map((r) => r.at).join(' ')}`,
    onLate: (r) => late.push(r.at),
  })
  expect(all([read('p', 1), read('p', 3), read('q', 20), read('p', 2)], spells)).toEqual(['p 1 3', 'q 20'])
  expect(late).toEqual([2])
})

it('refuses mistakes where they are written', () => {
  const aggregate = { n: count<Reading>() }
  expect(() => windowByKey({ key, window: tumblingEventTimeWindows(5), aggregate })).toThrow('no timestamps')
  expect(() => countWindow({ key, size: 0, aggregate })).toThrow('CORE_WINDOW_INVALID')
})

it('infers keys and results in a pipe', async () => {
  const piped = of(read('p', 1), read('p', 2)).pipe(
    countWindow({ key: (r) => r.id, size: 2, aggregate: { at: sum((r) => r.at) } }),
    map((w) => {
      expectTypeOf(w.key).toEqualTypeOf<string>()
      expectTypeOf(w.at).toEqualTypeOf<number>()
      return { id: w.key, at: w.at }
    }),
    windowByKey({
      key: (r) => r.at,
      timestamp: (r) => r.at,
      window: tumblingEventTimeWindows('1s'),
      trigger: eventTimeTrigger(),
      evictor: deltaEvictor(100, (a: { at: number }, b: { at: number }) => b.at - a.at),
      aggregate: { n: count() },
    }),
    map((w) => {
      expectTypeOf(w.key).toEqualTypeOf<number>()
      expectTypeOf(w.n).toEqualTypeOf<number>()
      return { id: `${w.key}`, at: w.n }
    }),
    processWindowByKey({
      key: (r) => r.id,
      timestamp: (r) => r.at,
      window: tumblingEventTimeWindows('1s'),
      process: (values, ctx) => {
        expectTypeOf(ctx.key).toEqualTypeOf<string>()
        return values.length
      },
    }),
    toArray(),
  )
  const results = await lastValueFrom(piped)
  expectTypeOf(results).toEqualTypeOf<number[]>()
  expect(results).toEqual([1])
})
