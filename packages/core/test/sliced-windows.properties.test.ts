import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import type { TimeWindow } from '../src/elements/time-window.ts'
import type { Aggregates } from '../src/functions/aggregate-function.ts'
import { collectSet } from '../src/functions/aggregates/collect-set.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { countDistinct } from '../src/functions/aggregates/count-distinct.ts'
import { first } from '../src/functions/aggregates/first.ts'
import { last } from '../src/functions/aggregates/last.ts'
import { mean } from '../src/functions/aggregates/mean.ts'
import { median } from '../src/functions/aggregates/median.ts'
import { min } from '../src/functions/aggregates/min.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import {
  calendarWindows,
  cumulativeCalendarWindows,
  slidingCalendarWindows,
} from '../src/operators/windows/assigners/calendar-windows.ts'
import { cumulativeEventTimeWindows } from '../src/operators/windows/assigners/cumulative-event-time-windows.ts'
import type { SlicedWindows } from '../src/operators/windows/assigners/slice-scheme.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { sliceWindow } from '../src/operators/windows/slice-window.ts'
import { CHANGES, type ClockWalk, LABELS, unitStarts, walkClocks } from './calendar-model.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Pausing, type Reading, type Step } from './window-driver.ts'
import { alignedModel, assignedModel, type Expected } from './window-models.ts'

// What this family catches, for windows that grow and for windows of a calendar: a record in the wrong window, in none or in
// two; a wrong result, order or timestamp; lateness judged wrongly; what a pause, or a snapshot and restore, loses or doubles.
// What it cannot: edges in zones and years that are not among the walks (assigners/calendar-windows.test.ts has more).

const aggregates = {
  readings: count<Reading>(),
  total: sum((r: Reading) => r.value),
  average: mean((r: Reading) => r.value),
  lowest: min((r: Reading) => r.value),
  oldest: first((r: Reading) => r.value),
  newest: last((r: Reading) => r.value),
}

const LARGEST = 8_640_000_000_000_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const keys: readonly Key[] = ['a', 'b', 'B', 7]
const pausings = fc.constantFrom<Pausing>('never', 'everywhere', 'everywhere, restored')

/** Steps with times of `time`, out of order, restores between them, and a watermark after all. */
function stepsAt(time: fc.Arbitrary<number>, maxLength: number): fc.Arbitrary<Step[]> {
  const reading = fc.record({ key: fc.constantFrom(...keys), time, value: fc.integer({ min: -9, max: 9 }) })
  const step = fc.oneof(
    { weight: 8, arbitrary: reading.map((r): Step => ({ type: 'record', reading: r })) },
    { weight: 3, arbitrary: time.map((watermark): Step => ({ type: 'watermark', watermark })) },
    { weight: 1, arbitrary: fc.constant<Step>({ type: 'restore' }) },
  )
  return fc
    .array(step, { maxLength, size: 'max' })
    .map((steps) => [...steps, { type: 'watermark', watermark: Number.POSITIVE_INFINITY }])
}

function expectAgreement(
  windows: SlicedWindows,
  allowedLateness: number,
  steps: readonly Step[],
  pausing: Pausing,
  expected: Expected,
): void {
  const factory = sliceWindow<Reading, Key, typeof aggregates>(windows, aggregates, {
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

const { oldest: _oldest, newest: _newest, ...flatAggregates } = aggregates

describe('windows of one slice, with accumulators in cells', () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0, 0, 1, 5, 30),
        fc
          .constantFrom(0, -20, -LARGEST, LARGEST - 40, 1_700_000_000_000)
          .chain((origin) => stepsAt(fc.integer({ min: origin, max: origin + 40 }), 40)),
        pausings,
        (size, allowedLateness, steps, pausing) => {
          const expected = alignedModel(steps, size, size, 0, allowedLateness)
          const factory = sliceWindow(tumblingEventTimeWindows(size), flatAggregates, {
            allowedLateness,
            lateOutput: late,
          })
          const actual = drive(factory, steps, pausing)
          expect(actual.emitted).toEqual(
            expected.emitted.map(({ result, timestamp }) => {
              const { oldest, newest, ...rest } = result as Record<string, unknown>
              return { result: rest, timestamp }
            }),
          )
          expect(actual.late).toEqual(expected.late)
          expect(actual.keyCount).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('hold thousands of keys, over a restore', () => {
    const records = Array.from({ length: 5_000 }, (_, i): Step => {
      const reading = { key: (i * 7) % 2_500, time: i % 20, value: 1 }
      return { type: 'record', reading }
    })
    const steps: Step[] = [...records.slice(0, 3_000), { type: 'restore' }, ...records.slice(3_000)]
    const end: Step = { type: 'watermark', watermark: Number.POSITIVE_INFINITY }
    const factory = sliceWindow(tumblingEventTimeWindows(10), { readings: count<Reading>() })
    const expected = alignedModel([...records, end], 10, 10, 0, 0).emitted
    const actual = drive(factory, [...steps, end], 'never')
    expect(actual.emitted.map(({ result }) => result)).toEqual(
      expected.map(({ result }) => {
        const { key, window, readings } = result as Record<string, unknown>
        return { key, window, readings }
      }),
    )
    expect(actual.keyCount).toBe(0)
  })
})

describe('sliding windows of aggregates that hold many values', () => {
  // Two stacks, which the other properties hold, against one accumulator from which slices are taken back.
  const setsAndMeans = {
    different: countDistinct((r: Reading) => r.value),
    average: mean((r: Reading) => r.value),
    values: collectSet((r: Reading) => r.value),
    middle: median((r: Reading) => r.value),
    readings: count<Reading>(),
  }
  const { average: _average, readings: _readings, ...setsAlone } = setsAndMeans

  it.each([
    ['beside others', setsAndMeans],
    ['alone', setsAlone],
  ])('are the same whether slices are taken back or stacked: %s', (_name, chosen: Aggregates<Reading>) => {
    const stacked = Object.fromEntries(
      Object.entries(chosen).map(([name, { unmerge, ...aggregate }]) => [name, aggregate]),
    )
    fc.assert(
      fc.property(
        fc.constantFrom<SlicedWindows>(
          slidingEventTimeWindows(12, 1),
          slidingEventTimeWindows(13, 3),
          slidingEventTimeWindows(20, 4),
          cumulativeEventTimeWindows(12, 3),
        ),
        fc.constantFrom(0, 0, 8),
        stepsAt(fc.integer({ min: -5, max: 35 }), 40),
        pausings,
        (windows, allowedLateness, steps, pausing) => {
          const options = { allowedLateness, lateOutput: late }
          expect(drive(sliceWindow(windows, chosen, options), steps, pausing)).toEqual(
            drive(sliceWindow(windows, stacked, options), steps, pausing),
          )
        },
      ),
      { numRuns: propertyRuns(0.2) },
    )
  })
})

describe('cumulative windows', () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        fc.constantFrom(0, 0, 1, 5, 30),
        fc
          .constantFrom(0, -20, -LARGEST, LARGEST - 40, 1_700_000_000_000)
          .chain((origin) => stepsAt(fc.integer({ min: origin, max: origin + 40 }), 40)),
        pausings,
        (step, count, anyOffset, lateness, steps, pausing) => {
          const size = step * count
          const offset = anyOffset % size
          const expected = assignedModel(steps, lateness, (time) => {
            // All that start with the period and end after the record, by trying each.
            const into = Number((((BigInt(time) - BigInt(offset)) % BigInt(size)) + BigInt(size)) % BigInt(size))
            const start = time - into
            const ends = Array.from({ length: count }, (_, n) => start + (n + 1) * step)
            return ends.filter((end) => end > time).map((end) => ({ start, end }))
          })
          expectAgreement(cumulativeEventTimeWindows(size, step, { offset }), lateness, steps, pausing, expected)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })

  it('are refused where they cannot be', () => {
    const refusal = (text: RegExp) =>
      expect.objectContaining({ code: 'CORE_WINDOW_INVALID', message: expect.stringMatching(text) })
    expect(() => cumulativeEventTimeWindows(10, 3)).toThrow(refusal(/up to 10 ms were to grow by 3 ms/))
    expect(() => cumulativeEventTimeWindows(3, 10)).toThrow(refusal(/up to 3 ms were to grow by 10 ms/))
    expect(() => cumulativeEventTimeWindows('1d', 0)).toThrow(refusal(/step was 0/))
    expect(() => cumulativeEventTimeWindows('1d', '1h', { offset: '1d' })).toThrow(refusal(/offset was '1d'/))
  })
})

/** A zone's clocks about a change, what is a day there, and windows that are made once, as in a job. */
interface Place {
  readonly walk: ClockWalk
  readonly starts: readonly number[]
  readonly tumbling: SlicedWindows
  readonly sliding: SlicedWindows
  readonly cumulative: SlicedWindows
}

const STEP_MS = 5 * 3_600_000

const places = CHANGES.map(([timeZone, day]): Place => {
  const walk = walkClocks(timeZone, Date.parse(day) - 4 * DAY_MS, Date.parse(day) + 4 * DAY_MS)
  return {
    walk,
    starts: unitStarts(walk, 0, LABELS.day),
    tumbling: calendarWindows('day', { timeZone }),
    sliding: slidingCalendarWindows('day', 2, 1, { timeZone }),
    cumulative: cumulativeCalendarWindows('day', STEP_MS, { timeZone }),
  }
})

/** Times in the middle of a walk, at edges more often than not, with days known on both sides. */
function timesOf({ starts }: Place): fc.Arbitrary<number> {
  const from = starts[2] as number
  const to = starts.at(-3) as number
  const edge = fc.constantFrom(...starts.filter((start) => start >= from && start < to))
  return fc.oneof(
    fc.integer({ min: from, max: to - 1 }),
    fc.tuple(edge, fc.constantFrom(0, 0, 1, MINUTE_MS, STEP_MS)).map(([start, more]) => start + more),
    fc.tuple(edge, fc.constantFrom(1, MINUTE_MS)).map(([start, less]) => Math.max(from, start - less)),
  )
}

/** The windows of each kind, from the starts of days alone. */
const MODELS: Readonly<Record<'tumbling' | 'sliding' | 'cumulative', (starts: readonly number[]) => TimeWindow[]>> = {
  tumbling: (starts) => starts.slice(1).map((end, i) => ({ start: starts[i] as number, end })),
  sliding: (starts) => starts.slice(2).map((end, i) => ({ start: starts[i] as number, end })),
  cumulative: (starts) =>
    starts.slice(1).flatMap((dayEnd, i) => {
      const start = starts[i] as number
      const windows: TimeWindow[] = []
      for (let end = start + STEP_MS; end < dayEnd; end += STEP_MS) windows.push({ start, end })
      return [...windows, { start, end: dayEnd }]
    }),
}

describe('calendar windows', () => {
  it.each(['tumbling', 'sliding', 'cumulative'] as const)(
    'agree with days found by looking at clocks each minute: %s',
    (kind) => {
      fc.assert(
        fc.property(
          fc
            .constantFrom(...places)
            // Across a day that is not there two days are not two starts.
            .filter(({ walk }) => kind !== 'sliding' || !['Pacific/Apia', 'Pacific/Kiritimati'].includes(walk.timeZone))
            .chain((place) => fc.tuple(fc.constant(place), stepsAt(timesOf(place), 30))),
          fc.constantFrom(0, 0, 1, 3 * 3_600_000, 2 * DAY_MS),
          pausings,
          ([place, steps], lateness, pausing) => {
            const windows = MODELS[kind](place.starts)
            const expected = assignedModel(steps, lateness, (time) =>
              windows.filter(({ start, end }) => start <= time && time < end),
            )
            expectAgreement(place[kind], lateness, steps, pausing, expected)
          },
        ),
        { numRuns: propertyRuns() },
      )
    },
  )
})
