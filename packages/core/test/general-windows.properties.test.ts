import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { first } from '../src/functions/aggregates/first.ts'
import { last } from '../src/functions/aggregates/last.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { eventTimeSessionWindows } from '../src/operators/windows/assigners/event-time-session-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import type { WindowAssigner } from '../src/operators/windows/assigners/window-assigner.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Pausing, type Reading, type Step } from './window-driver.ts'
import { alignedModel, type Expected, sessionModel } from './window-models.ts'
import { windowSteps } from './window-steps.ts'

// What this family catches: that the general operator, with the trigger of event time, is not the same as windows that each keep
// their records, whatever the assigner. What it cannot: other triggers and evictors, see window-programs.properties.test.ts.

const aggregates = {
  readings: count<Reading>(),
  total: sum((r: Reading) => r.value),
  average: mean((r: Reading) => r.value),
  lowest: min((r: Reading) => r.value),
  oldest: first((r: Reading) => r.value),
  newest: last((r: Reading) => r.value),
}

/** The same windows, by an assigner that no fast operator knows. */
function custom(windows: WindowAssigner<unknown>): WindowAssigner<unknown> {
  return {
    kind: 'custom',
    domain: windows.domain,
    isMerging: windows.isMerging,
    assign: (time, value) => windows.assign(time, value),
    defaultTrigger: () => windows.defaultTrigger(),
  }
}

function expectAgreement(
  windows: WindowAssigner<unknown>,
  allowedLateness: number,
  steps: readonly Step[],
  pausing: Pausing,
  expected: Expected,
): void {
  const factory = aggregateWindow<Reading, Key, typeof aggregates>(custom(windows), aggregates, {
    allowedLateness,
    lateOutput: late,
  })
  const actual = drive(factory, steps, pausing)
  expect(actual.emitted).toEqual(expected.emitted)
  expect(actual.late).toEqual(expected.late)
  expect(actual.counters).toMatchObject({ late: expected.late.length, partlyLate: expected.partlyLate, unassigned: 0 })
  expect(actual.keyCount).toBe(0)
}

// Records have many windows here, and a restore after each result is most of the time that a case takes.
const pausings: fc.Arbitrary<Pausing> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom<Pausing>('never', 'everywhere', 'everywhere, restored at times') },
  { weight: 1, arbitrary: fc.constant<Pausing>('everywhere, restored') },
)

const latenesses = fc.constantFrom(0, 0, 1, 5, 30)

describe("windows of an assigner of one's own", () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
        latenesses,
        windowSteps({ span: 40, keyCount: 4, maxLength: 24 }),
        pausings,
        ([a, b], lateness, steps, pausing) => {
          const [size, slide] = [Math.max(a, b), Math.min(a, b)]
          const expected = alignedModel(steps, size, slide, 0, lateness)
          expectAgreement(slidingEventTimeWindows(size, slide), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('agree with merging by definition where they merge', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        latenesses,
        // One key: where several end at one time, the general operator goes by key first.
        windowSteps({ span: 60, keyCount: 1 }),
        pausings,
        (gap, lateness, steps, pausing) => {
          const expected = sessionModel(steps, gap, lateness)
          expectAgreement(eventTimeSessionWindows(gap), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})
