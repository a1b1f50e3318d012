import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import type { Aggregates } from '../src/functions/aggregate-function.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { first } from '../src/functions/aggregates/first.ts'
import { last } from '../src/functions/aggregates/last.ts'
import { max } from '../src/functions/aggregates/max.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { eventTimeSessionWindows } from '../src/operators/windows/assigners/event-time-session-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import type { WindowAssigner } from '../src/operators/windows/assigners/window-assigner.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Pausing, place, type Reading, type Step } from './window-driver.ts'
import { alignedModel, type Expected, intervalUnion, sessionModel } from './window-models.ts'

// What this family catches: a record in the wrong window, in none or in two; a wrong result, order or timestamp; lateness
// judged wrongly; what a pause, or a snapshot and restore, loses or doubles; state that is never freed.
// What it cannot: how fast it is; what more than a few dozen records a key do.

const aggregates = {
  readings: count<Reading>(),
  total: sum((r: Reading) => r.value),
  average: mean((r: Reading) => r.value),
  lowest: min((r: Reading) => r.value),
  oldest: first((r: Reading) => r.value),
  newest: last((r: Reading) => r.value),
}

const LARGEST = 8_640_000_000_000_000
const keys: readonly Key[] = ['a', 'b', 'B', 7, -1, 3n, true]

/** Records about some origin, out of order, with watermarks and restores anywhere between. */
function streams(span: number, keyCount: number, maxLength = 40): fc.Arbitrary<Step[]> {
  const time = fc.integer({ min: 0, max: span })
  const record = fc.record({
    key: fc.constantFrom(...keys.slice(0, keyCount)),
    time,
    value: fc.integer({ min: -9, max: 9 }),
  })
  const origin = fc.constantFrom(0, -Math.ceil(span / 2), -LARGEST, LARGEST - span, 1_700_000_000_000)
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: record.map((reading) => ({ type: 'record' as const, reading })) },
      { weight: 3, arbitrary: time.map((watermark) => ({ type: 'watermark' as const, watermark })) },
      { weight: 1, arbitrary: fc.constant({ type: 'restore' as const }) },
    ),
    { maxLength, size: 'max' },
  )
  return fc.tuple(origin, steps).map(([shift, list]): Step[] => [
    ...list.map((step): Step => {
      if (step.type === 'record') return { ...step, reading: { ...step.reading, time: step.reading.time + shift } }
      return step.type === 'watermark' ? { ...step, watermark: step.watermark + shift } : step
    }),
    { type: 'watermark', watermark: Number.POSITIVE_INFINITY },
  ])
}

const pausings = fc.constantFrom<Pausing>('never', 'everywhere', 'everywhere, restored')

function expectAgreement(
  windows: WindowAssigner<Reading>,
  allowedLateness: number,
  steps: readonly Step[],
  pausing: Pausing,
  expected: Expected,
): void {
  const factory = aggregateWindow<Reading, Key, typeof aggregates>(windows, aggregates, {
    allowedLateness,
    lateOutput: late,
  })
  const actual = drive(factory, steps, pausing)
  expect(actual.emitted).toEqual(expected.emitted)
  expect(actual.late).toEqual(expected.late)
  expect(actual.counters.late ?? 0).toBe(expected.late.length)
  expect(actual.counters.partlyLate ?? 0).toBe(expected.partlyLate)
  expect(actual.keyCount).toBe(0)
}

describe('tumbling windows', () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 }))),
        fc.constantFrom(0, 0, 1, 5, 30),
        streams(40, 4),
        pausings,
        ([size, offset], lateness, steps, pausing) => {
          const expected = alignedModel(steps, size, size, offset, lateness)
          expectAgreement(tumblingEventTimeWindows(size, { offset }), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})

describe('sliding windows', () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 }))
          .chain(([a, b]) =>
            fc.tuple(
              fc.constant(Math.max(a, b)),
              fc.constant(Math.min(a, b)),
              fc.integer({ min: 0, max: Math.min(a, b) - 1 }),
            ),
          ),
        fc.constantFrom(0, 0, 1, 5, 30),
        streams(40, 4),
        pausings,
        ([size, slide, offset], lateness, steps, pausing) => {
          const expected = alignedModel(steps, size, slide, offset, lateness)
          expectAgreement(slidingEventTimeWindows(size, slide, { offset }), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('agree where a window has very many slices, most of them empty', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([600, 1], [600, 7], [60, 1], [601, 10]),
        fc.constantFrom(0, 20),
        streams(1500, 3, 25),
        fc.constantFrom<Pausing>('never', 'everywhere'),
        ([size = 0, slide = 0], lateness, steps, pausing) => {
          const expected = alignedModel(steps, size, slide, 0, lateness)
          expectAgreement(slidingEventTimeWindows(size, slide), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns(0.1) },
    )
  })

  it('agree where keys are many and slices dense, so that stacks turn over', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([12, 1], [13, 3], [20, 4]),
        fc.constantFrom(0, 8),
        streams(60, 5, 200),
        pausings,
        ([size = 0, slide = 0], lateness, steps, pausing) => {
          const sorted = sortRoughly(steps)
          const expected = alignedModel(sorted, size, slide, 0, lateness)
          expectAgreement(slidingEventTimeWindows(size, slide), lateness, sorted, pausing, expected)
        },
      ),
      { numRuns: propertyRuns(0.2) },
    )
  })
})

/** Records in the order of their time give or take some, with watermarks that follow them. */
function sortRoughly(steps: readonly Step[]): Step[] {
  const records = steps.filter((step) => step.type === 'record')
  records.sort((a, b) => a.reading.time + a.reading.value - (b.reading.time + b.reading.value))
  let newest = Number.NEGATIVE_INFINITY
  const ordered = steps.map((step): Step => {
    const record = step.type === 'record' ? records.shift() : undefined
    if (record !== undefined) newest = Math.max(newest, record.reading.time)
    if (step.type === 'watermark' && Number.isFinite(step.watermark))
      return { type: 'watermark', watermark: newest - 6 }
    return record ?? step
  })
  return ordered
}

describe('session windows', () => {
  it('agree with merging by definition', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0, 0, 1, 5, 30),
        streams(60, 3),
        pausings,
        (gap, lateness, steps, pausing) => {
          const expected = sessionModel(steps, gap, lateness)
          expectAgreement(eventTimeSessionWindows(gap), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('are the union of intervals where nothing is late', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), streams(100, 3, 60), pausings, (gap, steps, pausing) => {
        // Each watermark stays two behind what is still to come: then nothing is late, and nothing fires too early to merge.
        const safe = steps.map((step, i): Step => {
          if (step.type !== 'watermark' || !Number.isFinite(step.watermark)) return step
          const toCome = steps.slice(i).flatMap((s) => (s.type === 'record' ? [s.reading.time] : []))
          return { type: 'watermark', watermark: Math.min(step.watermark, ...toCome.map((time) => time - 2)) }
        })
        const readings = safe.flatMap((step) => (step.type === 'record' ? [step.reading] : []))
        const factory = aggregateWindow<Reading, Key, typeof aggregates>(eventTimeSessionWindows(gap), aggregates)
        const actual = drive(factory, safe, pausing)
        expect(actual.emitted).toEqual(intervalUnion(readings, gap))
        expect(actual.counters.late ?? 0).toBe(0)
      }),
      { numRuns: propertyRuns() },
    )
  })
})

describe('where text may not become code', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('windows give the same', () => {
    vi.stubGlobal('Function', function refuse() {
      throw new EvalError('code generation from strings is disallowed')
    })
    fc.assert(
      fc.property(streams(40, 4), pausings, (steps, pausing) => {
        expectAgreement(slidingEventTimeWindows(7, 3), 5, steps, pausing, alignedModel(steps, 7, 3, 0, 5))
        expectAgreement(eventTimeSessionWindows(4), 5, steps, pausing, sessionModel(steps, 4, 5))
      }),
      { numRuns: propertyRuns(0.1) },
    )
  })
})

describe('a window step', () => {
  it.each<WindowAssigner<Reading>>([
    tumblingEventTimeWindows(5),
    slidingEventTimeWindows(5, 2),
    eventTimeSessionWindows(5),
  ])('says where user code runs: $kind', (windows) => {
    const seen: string[] = []
    const places: Aggregates<Reading> = {
      place: max((r) => {
        seen.push(place.step)
        return r.value
      }),
    }
    const record = (time: number): Step => ({ type: 'record', reading: { key: 'a', time, value: 1 } })
    drive(
      aggregateWindow(windows, places, { allowedLateness: 20 }),
      [record(1), record(2), { type: 'watermark', watermark: 9 }, record(3), { type: 'watermark', watermark: 99 }],
      'never',
    )
    expect(seen).toEqual(['window', 'window', 'window'])
  })
})
