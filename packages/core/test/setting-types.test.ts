import { expectTypeOf, it } from 'vitest'
import {
  type CalendarWindows,
  type CheckpointStorage,
  type CumulativeWindows,
  calendarWindows,
  continuousEventTimeTrigger,
  continuousProcessingTimeTrigger,
  countEvictor,
  createEnvironment,
  cumulativeCalendarWindows,
  cumulativeEventTimeWindows,
  defineJob,
  defineTrigger,
  dynamicProcessingTimeSessionWindows,
  type Evictor,
  eventTimeTrigger,
  exponentialDelayRestart,
  failureRateRestart,
  fileStorage,
  fixedDelayRestart,
  hours,
  type JobDefinition,
  type JobHandle,
  type JobResult,
  type Key,
  key,
  keyGroupOf,
  keyParts,
  memoryStorage,
  minutes,
  monotonousTimestamps,
  neverTrigger,
  noRestart,
  type OutputTag,
  outputTag,
  parseDuration,
  processingTimeSessionWindows,
  processingTimeTrigger,
  type RestartStrategy,
  run,
  seconds,
  slidingCalendarWindows,
  slidingEventTimeWindows,
  slidingProcessingTimeWindows,
  start,
  type Trigger,
  timeEvictor,
  tumblingProcessingTimeWindows,
  valueState,
  type WatermarkStrategy,
  type WindowAssigner,
} from '../src/index.ts'
import { keyedProcessOperator } from '../src/operators/basic/keyed-process.ts'
import { iterableSource } from '../src/operators/sources/iterable-source.ts'
import type { Source } from '../src/operators/sources/source.ts'
import {
  active,
  crash,
  crashingSource,
  idle,
  idleInput,
  type JobTest,
  type ManualClock,
  manualClock,
  operatorHarness,
  record,
  type ScriptedSource,
  type ScriptMark,
  scripted,
  testJob,
  time,
  verifyOperator,
  watermark,
} from '../src/testing/index.ts'

// What a job is set with, and tested with: nothing to infer, so the names stand for themselves.

it('assigners of time suit streams of any record, those of a record its own', () => {
  expectTypeOf(slidingEventTimeWindows('1m', '1s')).toExtend<WindowAssigner<unknown>>()
  expectTypeOf(tumblingProcessingTimeWindows('1m')).toEqualTypeOf<WindowAssigner<unknown>>()
  expectTypeOf(slidingProcessingTimeWindows('1m', '1s')).toEqualTypeOf<WindowAssigner<unknown>>()
  expectTypeOf(processingTimeSessionWindows('1m')).toEqualTypeOf<WindowAssigner<unknown>>()
  expectTypeOf(dynamicProcessingTimeSessionWindows((r: { gap: number }) => r.gap)).toEqualTypeOf<
    WindowAssigner<{ gap: number }>
  >()
  expectTypeOf(cumulativeEventTimeWindows('1h', '1m')).toEqualTypeOf<CumulativeWindows>()
  expectTypeOf(calendarWindows('day', { timeZone: 'UTC' })).toEqualTypeOf<CalendarWindows>()
  expectTypeOf(slidingCalendarWindows('day', 7, 1, { timeZone: 'UTC' })).toEqualTypeOf<CalendarWindows>()
  expectTypeOf(cumulativeCalendarWindows('day', '1h', { timeZone: 'UTC' })).toEqualTypeOf<CumulativeWindows>()
  // @ts-expect-error a time zone has to be said
  expectTypeOf(() => calendarWindows('day', {})).toBeFunction()
})

it('triggers and evictors of time and number suit streams of any record', () => {
  const triggers = [
    eventTimeTrigger(),
    processingTimeTrigger(),
    neverTrigger(),
    continuousEventTimeTrigger('1m'),
    continuousProcessingTimeTrigger('1m'),
  ]
  expectTypeOf(triggers).items.toEqualTypeOf<Trigger<unknown>>()
  const own = defineTrigger<string>()({
    name: 'own',
    state: { seen: valueState<boolean>() },
    onRecord(value, _timestamp, ctx) {
      expectTypeOf(value).toEqualTypeOf<string>()
      expectTypeOf(ctx.state.seen.get()).toEqualTypeOf<boolean | undefined>()
      return 'continue'
    },
  })
  expectTypeOf(own.name).toEqualTypeOf<string>()
  expectTypeOf(countEvictor<string>(1)).toEqualTypeOf<Evictor<string>>()
  expectTypeOf(timeEvictor<string>('1m')).toEqualTypeOf<Evictor<string>>()
})

it('keys, tags and durations', () => {
  expectTypeOf(key('ward', 7)).toExtend<Key>()
  expectTypeOf(keyParts('ward')).toEqualTypeOf<Key[]>()
  expectTypeOf(keyGroupOf('ward')).toEqualTypeOf<number>()
  expectTypeOf(outputTag<Date>('late')).toEqualTypeOf<OutputTag<Date>>()
  expectTypeOf([parseDuration('1m'), seconds(1), minutes(1), hours(1)]).items.toEqualTypeOf<number>()
  // @ts-expect-error a key has two parts at least
  expectTypeOf(() => key('ward')).toBeFunction()
})

it('how a job is defined, started and set', () => {
  const job = defineJob('ward', (env) => env.fromArray([1]).print())
  expectTypeOf(job).toEqualTypeOf<JobDefinition>()
  expectTypeOf(start).returns.toEqualTypeOf<JobHandle>()
  expectTypeOf(run).returns.resolves.toEqualTypeOf<JobResult>()
  expectTypeOf(memoryStorage()).toExtend<CheckpointStorage>()
  expectTypeOf(() => fileStorage('state')).returns.toExtend<CheckpointStorage>()
  const restarts = [
    noRestart(),
    fixedDelayRestart(1, '1s'),
    failureRateRestart(1, '1m', '1s'),
    exponentialDelayRestart(),
  ]
  expectTypeOf(restarts).items.toEqualTypeOf<RestartStrategy>()
  expectTypeOf(monotonousTimestamps<Date>()).toEqualTypeOf<WatermarkStrategy<Date>>()
  expectTypeOf(monotonousTimestamps().timestamp((date: Date) => date.getTime())).toEqualTypeOf<
    WatermarkStrategy<Date>
  >()
  expectTypeOf(createEnvironment().fromArray([1]).executeAndCollect).returns.resolves.toEqualTypeOf<number[]>()
})

it('what a job is tested with', () => {
  const source = scripted(1, crash(), 2, idle('1m'))
  expectTypeOf(source).toEqualTypeOf<ScriptedSource<number>>()
  expectTypeOf([crash(), idle(1)]).items.toEqualTypeOf<ScriptMark>()
  expectTypeOf(manualClock()).toEqualTypeOf<ManualClock>()
  expectTypeOf(testJob).returns.toEqualTypeOf<JobTest>()
  expectTypeOf(crashingSource(iterableSource(['a']), [1])).toEqualTypeOf<Source<string>>()

  const operator = keyedProcessOperator<string, number, boolean, Readonly<Record<never, never>>>({ processRecord() {} })
  const harness = operatorHarness(operator, { keyBy: (n) => String(n) })
  expectTypeOf(harness.output).returns.items.toEqualTypeOf<{ readonly value: boolean; readonly timestamp: number }>()
  harness.close()
  const script = [record(1, 0), watermark(5), time(7), idleInput(), active()]
  expectTypeOf(() => verifyOperator(operator, script, { keyBy: (n) => String(n) })).returns.resolves.toBeVoid()
  // @ts-expect-error a record of another type
  expectTypeOf(() => verifyOperator(operator, [record('a', 0)])).toBeFunction()
})
