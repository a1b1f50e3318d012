import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../src/elements/key.ts'
import type { TimeWindow } from '../src/elements/time-window.ts'
import { count } from '../src/functions/aggregates/count.ts'
import { sum } from '../src/functions/aggregates/sum.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { dynamicEventTimeSessionWindows } from '../src/operators/windows/assigners/dynamic-event-time-session-windows.ts'
import { dynamicProcessingTimeSessionWindows } from '../src/operators/windows/assigners/dynamic-processing-time-session-windows.ts'
import { globalWindows } from '../src/operators/windows/assigners/global-windows.ts'
import { processingTimeSessionWindows } from '../src/operators/windows/assigners/processing-time-session-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { slidingProcessingTimeWindows } from '../src/operators/windows/assigners/sliding-processing-time-windows.ts'
import { tumblingProcessingTimeWindows } from '../src/operators/windows/assigners/tumbling-processing-time-windows.ts'
import type { WindowAssigner } from '../src/operators/windows/assigners/window-assigner.ts'
import { countEvictor } from '../src/operators/windows/evictors/count-evictor.ts'
import { deltaEvictor } from '../src/operators/windows/evictors/delta-evictor.ts'
import type { Evictor } from '../src/operators/windows/evictors/evictor.ts'
import { timeEvictor } from '../src/operators/windows/evictors/time-evictor.ts'
import { processWindowOperator } from '../src/operators/windows/process-window.ts'
import { reduceWindow } from '../src/operators/windows/reduce-window.ts'
import { continuousEventTimeTrigger } from '../src/operators/windows/triggers/continuous-event-time-trigger.ts'
import { continuousProcessingTimeTrigger } from '../src/operators/windows/triggers/continuous-processing-time-trigger.ts'
import { countTrigger } from '../src/operators/windows/triggers/count-trigger.ts'
import { deltaTrigger } from '../src/operators/windows/triggers/delta-trigger.ts'
import { eventTimeTrigger } from '../src/operators/windows/triggers/event-time-trigger.ts'
import { neverTrigger } from '../src/operators/windows/triggers/never-trigger.ts'
import { processingTimeTrigger } from '../src/operators/windows/triggers/processing-time-trigger.ts'
import { purgingTrigger } from '../src/operators/windows/triggers/purging-trigger.ts'
import type { Trigger } from '../src/operators/windows/triggers/trigger.ts'
import type { WindowStepOptions } from '../src/operators/windows/window-program.ts'
import { propertyRuns } from './property-runs.ts'
import { drive, late, type Reading } from './window-driver.ts'
import { type EvictorRule, type ModelProgram, type TriggerRule, windowProgramModel } from './window-program-model.ts'
import { pausings, windowSteps } from './window-steps.ts'

// What this family catches: a window that fires at the wrong time, too often or never; what a purge, an eviction or a merge keeps or
// loses wrongly; lateness; the order and timestamps of results; state that is not freed; what a pause or a restore changes.
// What it cannot: what is in no rule of the model, as triggers of one's own.

interface Windows {
  readonly assigner: WindowAssigner<Reading>
  assign(reading: Reading, now: number): readonly TimeWindow[]
}

function sliding(size: number, slide: number, time: number): TimeWindow[] {
  const windows: TimeWindow[] = []
  for (let start = time - size + 1; start <= time; start++) {
    if (start % slide === 0) windows.push({ start, end: start + size })
  }
  return windows
}

const gapOf = (reading: Reading): number => 1 + Math.abs(reading.value)
const small = fc.integer({ min: 1, max: 8 })

/** Windows of each kind that are not for the fast operators alone. */
const windowKinds: fc.Arbitrary<Windows> = fc.oneof(
  fc.tuple(small, small).map(([a, b]): Windows => {
    const [size, slide] = [Math.max(a, b), Math.min(a, b)]
    return {
      assigner: slidingEventTimeWindows(size, slide),
      assign: ({ time }) => sliding(size, slide, time),
    }
  }),
  fc.constant<Windows>({
    assigner: dynamicEventTimeSessionWindows(gapOf),
    assign: (reading) => [{ start: reading.time, end: reading.time + gapOf(reading) }],
  }),
  fc.constant<Windows>({
    assigner: globalWindows(),
    assign: () => [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }],
  }),
  small.map(
    (size): Windows => ({
      assigner: tumblingProcessingTimeWindows(size),
      assign: (_, now) => sliding(size, size, now),
    }),
  ),
  fc.tuple(small, small).map(([a, b]): Windows => {
    const [size, slide] = [Math.max(a, b), Math.min(a, b)]
    return {
      assigner: slidingProcessingTimeWindows(size, slide),
      assign: (_, now) => sliding(size, slide, now),
    }
  }),
  small.map(
    (gap): Windows => ({
      assigner: processingTimeSessionWindows(gap),
      assign: (_, now) => [{ start: now, end: now + gap }],
    }),
  ),
  fc.constant<Windows>({
    assigner: dynamicProcessingTimeSessionWindows(gapOf),
    assign: (reading, now) => [{ start: now, end: now + gapOf(reading) }],
  }),
  // One's own: two windows of one start, or none at all.
  fc.constant<Windows>({
    assigner: {
      kind: 'own',
      domain: 'event-time',
      isMerging: false,
      assign: (time, { value }) => ownWindows(time, value),
      defaultTrigger: eventTimeTrigger,
    },
    assign: ({ time, value }) => ownWindows(time, value),
  }),
)

function ownWindows(time: number, value: number): TimeWindow[] {
  const start = Math.floor(time / 10) * 10
  const windows = [
    { start, end: start + 15 },
    { start, end: start + 10 },
  ]
  return windows.slice(0, Math.abs(value) % 3)
}

const delta = (a: Reading, b: Reading): number => b.value - a.value

const triggerRules: fc.Arbitrary<TriggerRule> = fc.oneof(
  fc.constantFrom<TriggerRule>({ kind: 'event-time' }, { kind: 'processing-time' }, { kind: 'never' }),
  fc.integer({ min: 1, max: 4 }).map((n): TriggerRule => ({ kind: 'count', n })),
  small.map((interval): TriggerRule => ({ kind: 'continuous-event-time', interval })),
  small.map((interval): TriggerRule => ({ kind: 'continuous-processing-time', interval })),
  fc.integer({ min: -2, max: 9 }).map((threshold): TriggerRule => ({ kind: 'delta', threshold })),
)

function triggerOf(rule: TriggerRule): Trigger<Reading> {
  switch (rule.kind) {
    case 'event-time':
      return eventTimeTrigger()
    case 'processing-time':
      return processingTimeTrigger()
    case 'never':
      return neverTrigger()
    case 'count':
      return countTrigger(rule.n)
    case 'continuous-event-time':
      return continuousEventTimeTrigger(rule.interval)
    case 'continuous-processing-time':
      return continuousProcessingTimeTrigger(rule.interval)
    case 'delta':
      return deltaTrigger(rule.threshold, delta)
  }
}

const evictorRules: fc.Arbitrary<EvictorRule | undefined> = fc.option(
  fc.record({
    kind: fc.constantFrom<EvictorRule['kind']>('count', 'time', 'delta'),
    limit: fc.integer({ min: 1, max: 8 }),
    after: fc.boolean(),
  }),
  { nil: undefined },
)

function evictorOf({ kind, limit, after }: EvictorRule): Evictor<Reading> {
  switch (kind) {
    case 'count':
      return countEvictor(limit, { after })
    case 'time':
      return timeEvictor(limit, { after })
    case 'delta':
      return deltaEvictor(limit, (record, last) => record.value - last.value, { after })
  }
}

const aggregates = { readings: count<Reading>(), total: sum((r: Reading) => r.value) }

/** The first record with the last one's time: which of two comes first matters, and how they are grouped does not. */
const joined = (a: Reading, b: Reading): Reading => ({ ...a, time: b.time })

const functions = {
  aggregate: {
    factory: (assigner: WindowAssigner<Reading>, options: WindowStepOptions<Reading>) =>
      aggregateWindow<Reading, Key, typeof aggregates>(assigner, aggregates, options),
    result: (key: Key, window: TimeWindow, held: readonly Reading[]) => ({
      key,
      window,
      readings: held.length,
      total: held.length === 0 ? undefined : held.reduce((total, { value }) => total + value, 0),
    }),
  },
  reduce: {
    factory: (assigner: WindowAssigner<Reading>, options: WindowStepOptions<Reading>) =>
      reduceWindow<Reading, Key>(assigner, joined, options),
    result: (_key: Key, _window: TimeWindow, held: readonly Reading[]) =>
      held.length === 0 ? undefined : { ...held[0], time: held.at(-1)?.time },
  },
  process: {
    factory: (assigner: WindowAssigner<Reading>, options: WindowStepOptions<Reading>) =>
      processWindowOperator<Reading, Key, unknown>(
        assigner,
        (readings, { key, window }) => ({ key, window, readings: [...readings] }),
        options,
      ),
    result: (key: Key, window: TimeWindow, held: readonly Reading[]) => ({ key, window, readings: [...held] }),
  },
}

/** `reduce` goes by slices where windows slide in event time, and nothing more is asked of them than to end. */
function isReducedBySlices(
  name: keyof typeof functions,
  { kind }: WindowAssigner<Reading>,
  trigger: Trigger<Reading>,
  evictor: EvictorRule | undefined,
): boolean {
  return name === 'reduce' && kind === 'sliding' && trigger === eventTimeTrigger() && evictor === undefined
}

/** Records are of one slice where they are in the same windows. Both the first and the last of those rise with time. */
function inOrderOfSlices(assign: Windows['assign']): (held: readonly Reading[]) => readonly Reading[] {
  const placeOf = (reading: Reading): number => {
    const windows = assign(reading, 0)
    return (windows[0] as TimeWindow).start + (windows.at(-1) as TimeWindow).start
  }
  return (held) => [...held].sort((a, b) => placeOf(a) - placeOf(b))
}

describe('windows of every kind, with every trigger, evictor and function', () => {
  it('agree with windows that each keep their records', () => {
    fc.assert(
      fc.property(
        windowKinds,
        triggerRules,
        fc.boolean(),
        evictorRules,
        fc.constantFrom<keyof typeof functions>('aggregate', 'reduce', 'process'),
        fc.constantFrom(0, 0, 1, 5, 30),
        windowSteps({ span: 40, keyCount: 3, maxLength: 30, clock: 40, origins: [0, -20, 1_700_000_000_000] }),
        pausings,
        ({ assigner, assign }, rule, purging, evictorRule, name, allowed, steps, pausing) => {
          const { domain, isMerging } = assigner
          const isDelta = rule.kind === 'delta'
          fc.pre(!(isMerging && isDelta))
          const lateness = domain === 'event-time' ? allowed : 0
          const { factory, result } = functions[name]
          const program: ModelProgram = {
            domain,
            isMerging,
            lateness,
            trigger: rule,
            purging,
            evictor: evictorRule,
            assign,
            result,
          }
          const trigger = purging ? purgingTrigger(triggerOf(rule)) : triggerOf(rule)
          const operator: OperatorFactory<Reading, unknown> = factory(assigner, {
            trigger,
            allowedLateness: lateness,
            lateOutput: late,
            ...(evictorRule === undefined ? {} : { evictor: evictorOf(evictorRule) }),
          })
          const bySlices = isReducedBySlices(name, assigner, trigger, evictorRule)
          const inOrder = bySlices ? inOrderOfSlices(assign) : (held: readonly Reading[]) => held
          const expected = windowProgramModel(
            { ...program, result: (key, window, held) => result(key, window, inOrder(held)) },
            steps,
          )
          const actual = drive(operator, steps, pausing)
          expect(actual.emitted).toEqual(expected.emitted)
          expect(actual.late).toEqual(expected.late)
          expect(actual.counters.late).toBe(expected.late.length)
          expect(actual.counters.partlyLate).toBe(expected.partlyLate)
          expect(actual.counters.unassigned ?? 0).toBe(expected.unassigned)
          expect(actual.keyCount).toBe(expected.keyCount)
        },
      ),
      { numRuns: propertyRuns(2) },
    )
  })
})
