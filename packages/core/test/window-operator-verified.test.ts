import { describe, it } from 'vitest'
import { count } from '../src/functions/aggregates/count.ts'
import { processWindow } from '../src/functions/process-window-function.ts'
import type { OperatorFactory } from '../src/operators/operator.ts'
import { aggregateWindow } from '../src/operators/windows/aggregate-window.ts'
import { dynamicEventTimeSessionWindows } from '../src/operators/windows/assigners/dynamic-event-time-session-windows.ts'
import { dynamicProcessingTimeSessionWindows } from '../src/operators/windows/assigners/dynamic-processing-time-session-windows.ts'
import { eventTimeSessionWindows } from '../src/operators/windows/assigners/event-time-session-windows.ts'
import { globalWindows } from '../src/operators/windows/assigners/global-windows.ts'
import { processingTimeSessionWindows } from '../src/operators/windows/assigners/processing-time-session-windows.ts'
import { slidingEventTimeWindows } from '../src/operators/windows/assigners/sliding-event-time-windows.ts'
import { slidingProcessingTimeWindows } from '../src/operators/windows/assigners/sliding-processing-time-windows.ts'
import { tumblingEventTimeWindows } from '../src/operators/windows/assigners/tumbling-event-time-windows.ts'
import { tumblingProcessingTimeWindows } from '../src/operators/windows/assigners/tumbling-processing-time-windows.ts'
import type { WindowAssigner } from '../src/operators/windows/assigners/window-assigner.ts'
import {
  aggregateCountWindow,
  countWindows,
  processCountWindow,
  reduceCountWindow,
} from '../src/operators/windows/count-window.ts'
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
import { valueState } from '../src/state/descriptors.ts'
import { record, time, watermark } from '../src/testing/script.ts'
import { verifyOperator } from '../src/testing/verify-operator.ts'

interface Reading {
  readonly key: string
  readonly value: number
}

const reading = (key: string, value: number, timestamp: number) => record<Reading>({ key, value }, timestamp)
const script = [
  time(1),
  reading('b', 3, 4),
  reading('a', 1, 2),
  reading('a', 9, 5),
  time(4),
  watermark(4),
  reading('a', -2, 3),
  reading('b', 4, 9),
  watermark(9),
  time(9),
  reading('a', 5, 7),
  reading('c', 5, 2),
  watermark(13),
  time(20),
]

const assigners: readonly WindowAssigner<Reading>[] = [
  tumblingEventTimeWindows(5),
  slidingEventTimeWindows(6, 3),
  eventTimeSessionWindows(3),
  dynamicEventTimeSessionWindows(({ value }) => 1 + Math.abs(value)),
  globalWindows(),
  tumblingProcessingTimeWindows(5),
  slidingProcessingTimeWindows(6, 3),
  processingTimeSessionWindows(3),
  dynamicProcessingTimeSessionWindows(({ value }) => 1 + Math.abs(value)),
]

const triggers: readonly Trigger<Reading>[] = [
  eventTimeTrigger(),
  processingTimeTrigger(),
  countTrigger(2),
  purgingTrigger(countTrigger(2)),
  continuousEventTimeTrigger(2),
  continuousProcessingTimeTrigger(2),
  deltaTrigger(2, (last, { value }) => value - last.value),
  neverTrigger(),
]

const evictors: readonly (Evictor<Reading> | undefined)[] = [
  undefined,
  countEvictor(2),
  undefined,
  timeEvictor(4, { after: true }),
  deltaEvictor(3, (a, b) => a.value - b.value),
]

const counted = processWindow<readonly Reading[], string>()({
  windowState: { firings: valueState<number>() },
  globalState: { windows: valueState<number>() },
  process(readings, ctx) {
    const firings = (ctx.windowState.firings.get() ?? 0) + 1
    ctx.windowState.firings.set(firings)
    ctx.emit(`${ctx.key} [${ctx.window.start}) ${readings.map((r) => r.value)}, ${firings}`)
  },
  clear(ctx) {
    ctx.globalState.windows.set((ctx.globalState.windows.get() ?? 0) + 1)
    ctx.emit(`${ctx.key} [${ctx.window.start}) freed, ${ctx.globalState.windows.get()}`)
  },
})

type MakeFactory = (
  assigner: WindowAssigner<Reading>,
  options: WindowStepOptions<Reading>,
) => OperatorFactory<Reading, unknown>

const functions: readonly MakeFactory[] = [
  (assigner, options) => aggregateWindow(assigner, { readings: count<Reading>() }, options),
  (assigner, options) =>
    aggregateWindow(assigner, { readings: count<Reading>() }, options, ({ readings }) => readings * 2),
  (assigner, options) => reduceWindow(assigner, (a, b) => ({ ...a, value: b.value }), options),
  (assigner, options) =>
    assigner.isMerging
      ? processWindowOperator<Reading, string, unknown>(assigner, (readings) => [...readings], options)
      : processWindowOperator(assigner, counted, options),
]

const keyBy = ({ key }: Reading): string => key

describe('a window step in every way in which it may be run', () => {
  const cases = assigners.flatMap((assigner, i) =>
    triggers
      .filter((trigger) => !assigner.isMerging || trigger.onMerge !== undefined)
      .map((trigger, j) => {
        const evictor = evictors[(i + j) % evictors.length]
        const lateness = assigner.domain === 'event-time' ? (i + 2 * j) % 3 : 0
        const make = functions[(3 * i + j) % functions.length] as MakeFactory
        const options = { trigger, allowedLateness: lateness, ...(evictor === undefined ? {} : { evictor }) }
        const factory = make(assigner, options)
        return { name: `${factory.kind}, ${trigger.name}: ${factory.detail}`, factory }
      }),
  )

  it.each(cases)('gives the same: $name', async ({ factory }) => {
    await verifyOperator(factory, script, { keyBy, allowsLate: true })
  })

  it.each([
    aggregateWindow(tumblingEventTimeWindows(5), { readings: count<Reading>() }, { perKeyWatermarks: { maxDelay: 1 } }),
    aggregateWindow(eventTimeSessionWindows(3), { readings: count<Reading>() }, { perKeyWatermarks: { maxDelay: 0 } }),
    aggregateWindow(tumblingProcessingTimeWindows(5), { readings: count<Reading>() }),
    aggregateWindow(slidingProcessingTimeWindows(6, 4), { readings: count<Reading>() }, {}, ({ readings }) => readings),
    reduceWindow(slidingProcessingTimeWindows(6, 3), (a: Reading, b: Reading) => ({ ...a, value: b.value })),
    reduceWindow(slidingEventTimeWindows(6, 4), (a: Reading, b: Reading) => ({ ...a, value: b.value }), {
      allowedLateness: 3,
    }),
    aggregateCountWindow(countWindows(2), { readings: count<Reading>() }),
    aggregateCountWindow(countWindows(3, 2), { readings: count<Reading>() }, ({ readings }) => readings),
    reduceCountWindow(countWindows(3, 1), (a: Reading, b: Reading) => ({ ...a, value: a.value + b.value })),
    processCountWindow<Reading, string, unknown>(countWindows(3, 2), (readings) => [...readings]),
  ] as readonly OperatorFactory<Reading, unknown>[])('gives the same: $kind, $detail', async (factory) => {
    await verifyOperator(factory, script, { keyBy, allowsLate: true })
  })
})
