import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { count } from '../src/functions/aggregates/count.ts'
import { max } from '../src/functions/aggregates/max.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import { variance } from '../src/functions/aggregates/variance.ts'
import { cumulativeEventTimeWindows } from '../src/operators/windows/assigners/cumulative-event-time-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { sliceWindow } from '../src/operators/windows/slice-window.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Pausing, type Reading, type Step } from './window-driver.ts'
import { withoutFlatForm } from './without-flat-form.ts'

// What this family catches: rows of cells that come to another result than objects, in any bit, wherever slices are merged: in
// order, late, fired again, after a pause or a restore; values lost or doubled on the flat stacks.
// What it cannot: what both forms get wrong; windows.properties.test.ts and sliced-windows.properties.test.ts have models.

const value = (r: Reading): number => r.value
const aggregates = {
  readings: count<Reading>(),
  total: sum(value),
  average: mean(value),
  lowest: min(value),
  highest: max(value),
  spread: variance(value),
}
const objects = withoutFlatForm<Reading>(aggregates) as typeof aggregates

const values = fc.oneof(
  fc.double({ min: -1e3, max: 1e3 }),
  fc.double(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -(2 ** 1023)),
)
const time = fc.integer({ min: -9, max: 30 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ key: fc.constantFrom('a', 'b', 7), time, value: values })
      .map((reading): Step => ({ type: 'record', reading })),
  },
  { weight: 2, arbitrary: time.map((watermark): Step => ({ type: 'watermark', watermark })) },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'restore' }) },
)
const windows = fc.constantFrom(
  slidingEventTimeWindows(10, 5),
  slidingEventTimeWindows(24, 4),
  slidingEventTimeWindows(12, 5),
  slidingEventTimeWindows(14, 1),
  cumulativeEventTimeWindows(20, 4),
)

describe('windows that share slices', () => {
  it('come to the same in cells as in objects, bit for bit', () => {
    fc.assert(
      fc.property(
        windows,
        fc.array(step, { maxLength: 16, size: 'max' }),
        fc.constantFrom(0, 3, 50),
        fc.constantFrom<Pausing>('never', 'everywhere', 'everywhere, restored'),
        (assigner, some, allowedLateness, pausing) => {
          const steps: Step[] = [...some, { type: 'watermark', watermark: Number.POSITIVE_INFINITY }]
          const [flat, object] = [aggregates, objects].map((kept) =>
            drive(sliceWindow(assigner, kept, { allowedLateness, lateOutput: late }), steps, pausing),
          )
          expect(flat).toEqual(object)
          expect(flat?.keyCount).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})
