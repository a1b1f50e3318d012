import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import type { TimeWindow } from '../src/elements/time-window.ts'
import { collect } from '../src/functions/aggregates/collect.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { countDistinct } from '../src/functions/aggregates/count-distinct.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { cumulativeEventTimeWindows } from '../src/operators/windows/assigners/cumulative-event-time-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { slidingProcessingTimeWindows } from '../src/operators/windows/assigners/sliding-processing-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { tumblingProcessingTimeWindows } from '../src/operators/windows/assigners/tumbling-processing-time-windows.ts'
import type { WindowAssigner } from '../src/operators/windows/assigners/window-assigner.ts'
import { reduceWindow } from '../src/operators/windows/reduce-window.ts'
import type { WindowStepOptions } from '../src/operators/windows/window-program.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Reading } from './window-driver.ts'
import { type ModelProgram, windowProgramModel } from './window-program-model.ts'
import { pausings, windowSteps } from './window-steps.ts'

// What this family catches: windows by the job's clock over slices that lose, double or misplace a record, or fire out of order; a
// reduced window whose records were taken together in another order than the one that is documented, also after late records and
// restores. What it cannot: aggregates (aggregates-in-windows.test.ts), other triggers (window-programs.properties.test.ts).

interface Text extends Reading {
  readonly text?: string
}

const textOf = ({ key, time, value, text }: Text): string => text ?? `${String(key)}@${time}=${value} `

/** Associative, and nothing else: neither what comes first nor what comes last can be told from less than the order of all. */
const joined = (a: Text, b: Text): Text => ({ ...a, text: textOf(a) + textOf(b) })

function reducedOf(held: readonly Reading[]): Text {
  const [first, ...others] = held as readonly [Reading, ...Reading[]]
  return others.length === 0 ? first : { ...first, text: held.map(textOf).join('') }
}

type MakeFactory = (
  assigner: WindowAssigner<Reading>,
  options: WindowStepOptions<Reading>,
) => OperatorFactory<Reading, unknown>

interface Made {
  readonly factory: MakeFactory
  result(key: Key, window: TimeWindow, held: readonly Reading[]): unknown
}

const reduced: Made = {
  factory: (assigner, options) => reduceWindow<Reading, Key>(assigner, joined, options),
  result: (_key, _window, held) => reducedOf(held),
}

const reducedWithWindow: Made = {
  factory: (assigner, options) =>
    reduceWindow<Reading, Key, unknown>(assigner, joined, options, (record, { key, window }) => ({
      key,
      window,
      text: textOf(record),
    })),
  result: (key, window, held) => ({ key, window, text: textOf(reducedOf(held)) }),
}

const aggregated: Made = {
  factory: (assigner, options) =>
    aggregateWindow(
      assigner,
      {
        readings: count<Reading>(),
        total: sum((r: Reading) => r.value),
        values: collect((r: Reading) => r.value),
        kinds: countDistinct((r: Reading) => r.value),
      },
      options,
    ),
  result: (key, window, held) => ({
    key,
    window,
    readings: held.length,
    total: held.reduce((total, { value }) => total + value, 0),
    kinds: new Set(held.map(({ value }) => value)).size,
    values: [...held].sort((a, b) => a.time - b.time).map(({ value }) => value),
  }),
}

interface Windows {
  readonly assigner: WindowAssigner<Reading>
  windowsOf(time: number): readonly TimeWindow[]
}

/** All windows about a time, by trying each. */
function aligned(time: number, size: number, slide: number, offset: number): TimeWindow[] {
  const windows: TimeWindow[] = []
  for (let start = time - size + 1; start <= time; start++) {
    if ((start - offset) % slide === 0) windows.push({ start, end: start + size })
  }
  return windows
}

function cumulative(time: number, size: number, step: number): TimeWindow[] {
  return aligned(time, size, size, 0).flatMap(({ start }) =>
    Array.from({ length: size / step }, (_, n) => ({ start, end: start + (n + 1) * step })).filter(
      ({ end }) => end > time,
    ),
  )
}

const small = fc.integer({ min: 1, max: 8 })
const sizes = fc.tuple(small, small).map(([a, b]) => ({ size: Math.max(a, b), slide: Math.min(a, b) }))

const clockWindows: fc.Arbitrary<Windows> = fc.oneof(
  fc.tuple(small, fc.nat()).map(([size, any]): Windows => {
    const offset = any % size
    return {
      assigner: tumblingProcessingTimeWindows(size, { offset }),
      windowsOf: (time) => aligned(time, size, size, offset),
    }
  }),
  fc.tuple(sizes, fc.nat()).map(([{ size, slide }, any]): Windows => {
    const offset = any % slide
    return {
      assigner: slidingProcessingTimeWindows(size, slide, { offset }),
      windowsOf: (time) => aligned(time, size, slide, offset),
    }
  }),
)

const eventWindows: fc.Arbitrary<Windows> = fc.oneof(
  small.map(
    (size): Windows => ({
      assigner: tumblingEventTimeWindows(size),
      windowsOf: (time) => aligned(time, size, size, 0),
    }),
  ),
  sizes.map(
    ({ size, slide }): Windows => ({
      assigner: slidingEventTimeWindows(size, slide),
      windowsOf: (time) => aligned(time, size, slide, 0),
    }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })).map(
    ([step, count]): Windows => ({
      assigner: cumulativeEventTimeWindows(step * count, step),
      windowsOf: (time) => cumulative(time, step * count, step),
    }),
  ),
)

/** The same windows, as one's own: they go through the general operator. */
function ownOf({ assigner }: Windows): WindowAssigner<Reading> {
  const { domain, isMerging } = assigner
  return {
    kind: 'own',
    domain,
    isMerging,
    assign: (time, value) => assigner.assign(time, value),
    defaultTrigger: () => assigner.defaultTrigger(),
  }
}

describe("windows by the job's clock, over slices", () => {
  it('agree with windows that each keep their records, and with the general operator', () => {
    fc.assert(
      fc.property(
        clockWindows,
        fc.constantFrom(aggregated, reduced, reducedWithWindow),
        windowSteps({ span: 20, keyCount: 3, maxLength: 30, clock: 40, origins: [0] }),
        pausings,
        (windows, { factory, result }, steps, pausing) => {
          const program: ModelProgram = {
            domain: 'processing-time',
            isMerging: false,
            lateness: 0,
            trigger: { kind: 'processing-time' },
            purging: false,
            evictor: undefined,
            assign: (_, now) => windows.windowsOf(now),
            result,
          }
          const expected = windowProgramModel(program, steps)
          const actual = drive(factory(windows.assigner, { lateOutput: late }), steps, pausing)
          expect(actual.emitted).toEqual(expected.emitted)
          expect(actual.late).toEqual([])
          expect(actual.keyCount).toBe(expected.keyCount)
          if (pausing !== 'never') return
          const general = drive(factory(ownOf(windows), { lateOutput: late }), steps, pausing)
          expect(actual.emitted).toEqual(general.emitted)
          expect(actual.counters).toMatchObject({
            late: general.counters.late,
            partlyLate: general.counters.partlyLate,
          })
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})

describe('reduced windows over slices', () => {
  it('take records of a slice together in the order of their arrival, and slices in the order of time', () => {
    fc.assert(
      fc.property(
        eventWindows,
        fc.constantFrom(reduced, reducedWithWindow),
        fc.constantFrom(0, 0, 1, 5, 30),
        windowSteps({ span: 30, keyCount: 2, maxLength: 30, origins: [0, -20, 1_700_000_000_000] }),
        pausings,
        ({ assigner, windowsOf }, { factory, result }, lateness, steps, pausing) => {
          // Records are of one slice where they are in the same windows. The first and the last end of those rise with time.
          const placeOf = ({ time }: Reading): number => {
            const windows = windowsOf(time)
            return (windows[0] as TimeWindow).end + (windows.at(-1) as TimeWindow).end
          }
          const program: ModelProgram = {
            domain: 'event-time',
            isMerging: false,
            lateness,
            trigger: { kind: 'event-time' },
            purging: false,
            evictor: undefined,
            assign: ({ time }) => windowsOf(time),
            result: (key, window, held) =>
              result(
                key,
                window,
                [...held].sort((a, b) => placeOf(a) - placeOf(b)),
              ),
          }
          const expected = windowProgramModel(program, steps)
          const actual = drive(factory(assigner, { allowedLateness: lateness, lateOutput: late }), steps, pausing)
          expect(actual.emitted).toEqual(expected.emitted)
          expect(actual.late).toEqual(expected.late)
          expect(actual.counters).toMatchObject({ late: expected.late.length, partlyLate: expected.partlyLate })
          expect(actual.keyCount).toBe(0)
        },
      ),
      { numRuns: propertyRuns() },
    )
  })
})
