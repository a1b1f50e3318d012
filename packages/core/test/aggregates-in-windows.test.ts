import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregateFunction } from '../src/functions/aggregate-function.ts'
import { approximateCountDistinct } from '../src/functions/aggregates/approximate-count-distinct.ts'
import { approximateQuantile } from '../src/functions/aggregates/approximate-quantile.ts'
import { collect } from '../src/functions/aggregates/collect.ts'
import { collectSet } from '../src/functions/aggregates/collect-set.ts'
import { correlation } from '../src/functions/aggregates/correlation.ts'
import { countDistinct } from '../src/functions/aggregates/count-distinct.ts'
import { covariance } from '../src/functions/aggregates/covariance.ts'
import { kurtosis } from '../src/functions/aggregates/kurtosis.ts'
import { median } from '../src/functions/aggregates/median.ts'
import { mode } from '../src/functions/aggregates/mode.ts'
import { quantile } from '../src/functions/aggregates/quantile.ts'
import { skewness } from '../src/functions/aggregates/skewness.ts'
import { slope } from '../src/functions/aggregates/slope.ts'
import { standardDeviation } from '../src/functions/aggregates/standard-deviation.ts'
import { timeWeightedMean } from '../src/functions/aggregates/time-weighted-mean.ts'
import { topN } from '../src/functions/aggregates/top-n.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { eventTimeSessionWindows } from '../src/operators/windows/assigners/event-time-session-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, type Reading, type Step } from './window-driver.ts'

// What this family catches: an accumulator that a snapshot, a slice, a session's merging or a late record's firing changes.
// What it cannot: a wrong value; each aggregate has its own model for that.

const value = (r: Reading): number => r.value
const time = (r: Reading): number => r.time

const exactly = {
  approximateDistinct: approximateCountDistinct(value, { precision: 5 }),
  approximateMedian: approximateQuantile(value, 0.5),
  distinct: countDistinct(value),
  list: collect(value),
  median: median(value),
  mode: mode(value),
  quartiles: quantile(value, [0.25, 0.75]),
  set: collectSet(value),
  top: topN(2, { by: value, value: time }),
  weighted: timeWeightedMean(value),
}
const nearly = {
  correlation: correlation(value, time),
  covariance: covariance(value, time),
  deviation: standardDeviation(value),
  kurtosis: kurtosis(value),
  skewness: skewness(value),
  slope: slope(value, { per: 1 }),
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('record' as const),
      reading: fc.record({ key: fc.constantFrom('a', 'b'), time: fc.nat(40), value: fc.integer({ min: -3, max: 9 }) }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('watermark' as const), watermark: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'restore' }) },
)
const windows = fc.constantFrom(
  tumblingEventTimeWindows(10),
  slidingEventTimeWindows(20, 5),
  slidingEventTimeWindows(12, 5),
  eventTimeSessionWindows(4),
)

type Row = Readonly<Record<string, unknown>> & {
  readonly key: string
  readonly window: { readonly start: number; readonly end: number }
}

function isWithin(a: Row, b: Row): boolean {
  return a.key === b.key && a.window.start >= b.window.start && a.window.end <= b.window.end
}

function together<Acc, Out>(aggregate: AggregateFunction<Reading, Acc, Out>, readings: readonly Reading[]): Out {
  return aggregate.result(readings.reduce((acc, r) => aggregate.add(acc, r, r.time), aggregate.create()))
}

describe('aggregates in windows', () => {
  it('come to what the readings of the window come to, over slices, sessions, late records and restores', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 18 }), windows, (steps, assigner) => {
        const factory = aggregateWindow(assigner, { ...exactly, ...nearly }, { allowedLateness: 1_000 })
        const { emitted } = drive(factory, [...steps, { type: 'watermark', watermark: 1_000 }], 'never')
        // The last of a window is the one with all of its readings; a session that became part of another is no window any more.
        const last = new Map<string, Row>()
        for (const { result } of emitted) {
          const row = result as Row
          if (assigner.isMerging) for (const [id, before] of last) if (isWithin(before, row)) last.delete(id)
          last.set(`${row.key} ${row.window.start}`, row)
        }
        for (const row of last.values()) {
          const { key, window } = row
          const readings = steps
            .flatMap((s) => (s.type === 'record' ? [s.reading] : []))
            .filter((r) => r.key === key && r.time >= window.start && r.time < window.end)
          for (const [name, aggregate] of Object.entries(exactly)) {
            expect(row[name], name).toEqual(together<unknown, unknown>(aggregate, readings))
          }
          for (const [name, aggregate] of Object.entries(nearly)) {
            const expected = together<unknown, unknown>(aggregate, readings) as number | undefined
            if (expected === undefined) expect(row[name], name).toBeUndefined()
            else
              expect(Math.abs((row[name] as number) - expected), name).toBeLessThanOrEqual(
                1e-9 * (1 + Math.abs(expected)),
              )
          }
        }
      }),
      { numRuns: propertyRuns() },
    )
  })
})
