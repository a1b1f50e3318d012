import fc from 'fast-check'
import {
  concat,
  distinct,
  from,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  type OperatorFunction,
  of,
  Subject,
  scan,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, expectTypeOf, it } from 'vitest'
import { propertyRuns } from '../../test/property-runs.ts'
import { count } from '../functions/aggregates/count.ts'
import { mean } from '../functions/aggregates/mean.ts'
import { keyedProcess } from '../functions/process-function.ts'
import { valueState } from '../state/descriptors.ts'
import { deduplicate, over, processByKey, reduceByKey, type ThroughMetrics, topN } from './index.ts'

// RxJS itself is the second implementation, on values in the order of their times. What this family catches: another result, or
// another order. What it cannot: values out of order and late ones, which are the operators' own tests'.

interface Reading {
  readonly id: string
  readonly at: number
  readonly rate: number
}

const inOrder: fc.Arbitrary<Reading[]> = fc
  .array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), step: fc.integer({ min: 1, max: 9 }), rate: fc.nat(9) }), {
    maxLength: 40,
    size: 'max',
  })
  .map((steps) => {
    let at = -20
    return steps.map(({ id, step, rate }) => {
      at += step
      return { id, at, rate }
    })
  })
const key = (r: Reading): string => r.id
const timestamp = (r: Reading): number => r.at

/** All that comes of values that are given at once. */
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

it('over is a buffer in a scan in each group', () => {
  fc.assert(
    fc.property(
      inOrder,
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('arrival', 'event-time'),
      (readings, last, order) => {
        const theirs = all(readings, (source) =>
          source.pipe(
            groupBy(key),
            mergeMap((group) =>
              group.pipe(
                scan((held, r) => [...held.filter((other) => other.at >= r.at - last), r], [] as Reading[]),
                map((held) => ({
                  value: held.at(-1) as Reading,
                  n: held.length,
                  rate: held.reduce((sum, r) => sum + r.rate, 0) / held.length,
                })),
              ),
            ),
          ),
        )
        const aggregate = { n: count<Reading>(), rate: mean((r: Reading) => r.rate) }
        const ours = all(readings, over({ key, timestamp, last, order: order as 'arrival', aggregate }))
        expect(ours.map(({ value, n }) => [value, n])).toEqual(theirs.map(({ value, n }) => [value, n]))
        ours.forEach(({ rate }, i) => {
          expect(rate).toBeCloseTo(theirs[i]?.rate as number, 9)
        })
      },
    ),
    { numRuns: propertyRuns() },
  )
})

it('deduplicate is a group a key that ends after the time, of which the first is taken', () => {
  fc.assert(
    fc.property(inOrder, fc.integer({ min: 1, max: 30 }), (readings, within) => {
      const scheduler = new TestScheduler(() => {})
      const theirs: Reading[] = []
      scheduler.run(() => {
        const source = new Subject<Reading>()
        source
          .pipe(
            groupBy(key, { duration: () => timer(within) }),
            mergeMap((group) => group.pipe(take(1))),
          )
          .subscribe((r) => theirs.push(r))
        for (const r of readings) {
          scheduler.maxFrames = r.at + 20
          scheduler.flush()
          scheduler.frame = r.at + 20
          source.next(r)
        }
        scheduler.maxFrames = Number.POSITIVE_INFINITY
      })
      expect(all(readings, deduplicate({ key, timestamp, keep: 'first', within }))).toEqual(theirs)
    }),
    { numRuns: propertyRuns() },
  )
})

it('deduplicate without a time is distinct, and needs no timestamp', () => {
  fc.assert(
    fc.property(inOrder, (readings) => {
      expect(all(readings, deduplicate({ key, keep: 'first' }))).toEqual(all(readings, distinct(key)))
    }),
    { numRuns: propertyRuns() },
  )
  expect(() => deduplicate({ key, keep: 'first', within: 5 })).toThrow('no timestamps')
})

it('reduceByKey is scan in each group', () => {
  const add = (a: Reading, b: Reading): Reading => ({ ...b, rate: a.rate + b.rate })
  fc.assert(
    fc.property(inOrder, (readings) => {
      const theirs = all(readings, (source) =>
        source.pipe(
          groupBy(key),
          mergeMap((group) => group.pipe(scan(add))),
        ),
      )
      expect(all(readings, reduceByKey({ key, reduce: add }))).toEqual(theirs)
    }),
    { numRuns: propertyRuns() },
  )
})

it('topN is a sorted list in a scan in each group, when it changes', () => {
  fc.assert(
    fc.property(inOrder, fc.integer({ min: 1, max: 4 }), (readings, n) => {
      const theirs: Reading[][] = []
      const lists = new Map<string, Reading[]>()
      for (const r of readings) {
        const before = lists.get(r.id) ?? []
        const after = [...before, r].toSorted((a, b) => b.rate - a.rate).slice(0, n)
        lists.set(r.id, after)
        if (after.includes(r)) theirs.push(after)
      }
      const ours = all(readings, topN({ key, n, by: (r) => r.rate }))
      expect(ours.map(({ top }) => top)).toEqual(theirs)
    }),
    { numRuns: propertyRuns() },
  )
})

it('hands over and counts what is late, and what is a duplicate', () => {
  const late: number[] = []
  const duplicates: number[] = []
  let metrics = (): ThroughMetrics => {
    throw new Error('it is not subscribed to')
  }
  const values = [0, 10, 3, 12, 4].map((at, rate) => ({ id: 'a', at, rate }))
  const seen = all(
    values,
    deduplicate({
      key,
      timestamp,
      maxDelay: 7,
      keep: 'first',
      within: 4,
      onLate: (r) => late.push(r.at),
      onDuplicate: (r) => duplicates.push(r.at),
      watch: (m) => {
        metrics = m
      },
    }),
  )
  expect(seen.map((r) => r.at)).toEqual([0, 10])
  expect(duplicates).toEqual([3, 12])
  expect(late).toEqual([4])
  expect(metrics()).toMatchObject({ recordsIn: 5, recordsOut: 2, late: 1 })

  const lost: number[] = []
  const looked = all(
    values,
    over({ key, timestamp, last: 5, aggregate: { n: count() }, onLate: (r) => lost.push(r.at) }),
  )
  expect(looked.map(({ value, n }) => [value.at, n])).toEqual([
    [0, 1],
    [10, 1],
    [12, 2],
  ])
  expect(lost).toEqual([3, 4])
})

it('over waits for a newer value, or goes out at once by arrival', () => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ cold, expectObservable }) => {
    const values = { a: { id: 'p', at: 0, rate: 1 }, b: { id: 'p', at: 5, rate: 1 }, c: { id: 'p', at: 6, rate: 1 } }
    const source = (): Observable<Reading> => cold('a--b--c--|', values)
    const counted = { key, timestamp, last: '1s', aggregate: { n: count<Reading>() } } as const
    const n = map((r: { n: number }) => `${r.n}`)
    expectObservable(source().pipe(over(counted), n)).toBe('---1--2--(3|)')
    expectObservable(source().pipe(over({ ...counted, order: 'arrival' }), n)).toBe('1--2--3--|')
  })
})

it('processByKey has event-time timers with a timestamp, and the scheduler’s without', () => {
  const later = keyedProcess<Reading, string>()({
    processRecord(r, ctx) {
      ctx.timers.eventTime.register(r.at + 5)
      ctx.emit(`${ctx.key} at ${r.at}`)
    },
    onTimer: (fired, ctx) => ctx.emit(`${ctx.key} fired ${fired.time}`),
  })
  const values = [0, 7, 20].map((at) => ({ id: `${at}`, at, rate: 0 }))
  const found = all(values, processByKey({ key: () => 'k', timestamp, maxDelay: 1, process: later }))
  expect(found).toEqual(['k at 0', 'k at 7', 'k fired 5', 'k at 20', 'k fired 12', 'k fired 25'])
  const silent = keyedProcess<string, string>()({
    processRecord: (_, ctx) => ctx.timers.processingTime.replace('silent', ctx.now() + 4),
    onTimer: (_, ctx) => ctx.emit(ctx.key),
  })
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run(({ cold, expectObservable }) => {
    const found = cold('a--ab-----|').pipe(processByKey({ key: (letter) => letter, process: silent }))
    expectObservable(found).toBe('-------ab-|')
  })
})

it('drops what waits at an error and at unsubscribe', () => {
  const operator = over({ key, timestamp, last: 5, aggregate: { n: count<Reading>() } })
  const seen: unknown[] = []
  concat(
    of({ id: 'a', at: 0, rate: 0 }),
    throwError(() => 'broken'),
  )
    .pipe(operator)
    .subscribe({ next: (r) => seen.push(r), error: (error) => seen.push(error) })
  expect(seen).toEqual(['broken'])
  const source = new Subject<Reading>()
  const subscription = source.pipe(operator).subscribe((r) => seen.push(r))
  source.next({ id: 'a', at: 0, rate: 0 })
  subscription.unsubscribe()
  expect(source.observed).toBe(false)
  expect(seen).toEqual(['broken'])
})

it('infers values, keys and results in a pipe', async () => {
  const piped = of<Reading>({ id: 'a', at: 0, rate: 60 }).pipe(
    deduplicate({ key: (r) => r.id, timestamp: (r) => r.at, keep: 'first', within: '5s' }),
    reduceByKey({ key: (r) => r.id, reduce: (a, b) => (a.rate > b.rate ? a : b) }),
    over({
      key: (r) => r.id,
      timestamp: (r) => r.at,
      last: '5m',
      aggregate: { rate: mean((r) => r.rate), n: count() },
    }),
    map((r) => {
      expectTypeOf(r).toEqualTypeOf<{
        readonly value: Reading
        readonly rate: number | undefined
        readonly n: number
      }>()
      return r.value
    }),
    processByKey({
      key: (r) => r.at,
      process: keyedProcess<Reading, string, number>()({
        state: { n: valueState<number>() },
        processRecord(r, ctx) {
          expectTypeOf(ctx.key).toEqualTypeOf<number>()
          ctx.state.n.set(r.rate)
          ctx.emit(`${ctx.state.n.get()}`)
        },
      }),
    }),
    topN({ key: (text) => text.length, n: 1, by: (text) => text.length }),
    map((r) => {
      expectTypeOf(r).toEqualTypeOf<{ readonly key: number; readonly top: readonly string[] }>()
      return r.top
    }),
    toArray(),
  )
  expect(await lastValueFrom(piped)).toEqual([['60']])
  // @ts-expect-error there is no such aggregate field
  expect(() => over({ key, timestamp, last: '5m', aggregates: {} })).toThrow('CORE_AGGREGATE_INVALID')
  // @ts-expect-error 'newest' is not a way to keep
  expect(() => deduplicate({ key, keep: 'newest' })).toThrow('CORE_OPTION_INVALID')
})
