// The public names of @millrace/core, one by one.

export type { AllCountWindowedStream } from './api/all-count-windowed-stream.ts'
export type { AllWindowedStream } from './api/all-windowed-stream.ts'
export type { BroadcastStreams, KeyedBroadcastStreams } from './api/broadcast-streams.ts'
export type { ConnectedStreams, KeyedConnectedStreams } from './api/connected-streams.ts'
export type { CountWindowedStream } from './api/count-windowed-stream.ts'
export type { DataStream, SourceOptions, SourceStream } from './api/data-stream.ts'
export { createEnvironment, type EnvironmentOptions, type StreamEnvironment } from './api/environment.ts'
export type { CheckpointOptions, ExecuteOptions } from './api/execute-options.ts'
export type { StepOptions } from './api/graph-builder.ts'
export { defineJob, type JobDefinition, run, start } from './api/job.ts'
export type { KeyedProcessOptions, KeyedStream } from './api/keyed-stream.ts'
export type { OverStream } from './api/over-stream.ts'
export type { SplitStreams } from './api/split-streams.ts'
export type { WindowedStream } from './api/windowed-stream.ts'
export type { CheckpointStorage, TakenStorage } from './checkpoint/checkpoint-storage.ts'
export { type FileStorageOptions, fileStorage } from './checkpoint/storages/file-storage.ts'
export { memoryStorage } from './checkpoint/storages/memory-storage.ts'
export { compareKeys, type Key, key, keyParts } from './elements/key.ts'
export { keyGroupOf } from './elements/key-group.ts'
export { type OutputTag, outputTag } from './elements/output-tag.ts'
export type { TimeWindow } from './elements/time-window.ts'
export { MAX_WATERMARK, MIN_WATERMARK, NO_TIMESTAMP } from './elements/timestamp.ts'
export { type ErrorCode, MillraceError } from './errors.ts'
export type { AggregateFunction, AggregateResults, Aggregates } from './functions/aggregate-function.ts'
export {
  type ApproximateCountDistinctOptions,
  approximateCountDistinct,
} from './functions/aggregates/approximate-count-distinct.ts'
export { type ApproximateQuantileOptions, approximateQuantile } from './functions/aggregates/approximate-quantile.ts'
export { type CollectOptions, collect } from './functions/aggregates/collect.ts'
export { collectSet } from './functions/aggregates/collect-set.ts'
export { correlation } from './functions/aggregates/correlation.ts'
export { count } from './functions/aggregates/count.ts'
export { countDistinct } from './functions/aggregates/count-distinct.ts'
export { type CovarianceOptions, covariance } from './functions/aggregates/covariance.ts'
export { first } from './functions/aggregates/first.ts'
export { kurtosis } from './functions/aggregates/kurtosis.ts'
export { last } from './functions/aggregates/last.ts'
export { max } from './functions/aggregates/max.ts'
export { mean } from './functions/aggregates/mean.ts'
export { median } from './functions/aggregates/median.ts'
export { min } from './functions/aggregates/min.ts'
export { mode } from './functions/aggregates/mode.ts'
export type { NumberSelector } from './functions/aggregates/number-selector.ts'
export { quantile } from './functions/aggregates/quantile.ts'
export type { QuantileResult } from './functions/aggregates/quantile-of-counts.ts'
export { type MomentOptions, skewness } from './functions/aggregates/skewness.ts'
export { type SlopeOptions, slope } from './functions/aggregates/slope.ts'
export { standardDeviation } from './functions/aggregates/standard-deviation.ts'
export { sum } from './functions/aggregates/sum.ts'
export { type TimeWeightedMeanOptions, timeWeightedMean } from './functions/aggregates/time-weighted-mean.ts'
export type { PlainValue } from './functions/aggregates/timed-value.ts'
export { type TopNOptions, topN } from './functions/aggregates/top-n.ts'
export type { ValueSelector } from './functions/aggregates/value-selector.ts'
export { type VarianceOptions, variance } from './functions/aggregates/variance.ts'
export {
  type BroadcastProcessFunction,
  broadcastProcess,
  type KeyedBroadcastContext,
  type KeyedBroadcastProcessFunction,
  keyedBroadcastProcess,
  type ReadsBroadcastState,
  type WritesBroadcastState,
} from './functions/broadcast-process-function.ts'
export {
  type CoProcessFunction,
  coProcess,
  type KeyedCoProcessFunction,
  keyedCoProcess,
} from './functions/co-process-function.ts'
export {
  type KeyedProcessContext,
  type KeyedProcessFunction,
  keyedProcess,
  type ProcessContext,
  type ProcessFunction,
  processFunction,
} from './functions/process-function.ts'
export {
  type ProcessWindowFunction,
  processWindow,
  type WindowContext,
  type WindowResultFunction,
} from './functions/process-window-function.ts'
export type {
  FilterFunction,
  FlatMapFunction,
  MapFunction,
  OpenContext,
  RichFilterFunction,
  RichFlatMapFunction,
  RichFunction,
  RichMapFunction,
} from './functions/rich-function.ts'
export type { Partitioner } from './graph/partitioning.ts'
export type { Histogram, HistogramSummary } from './metrics/histogram.ts'
export type { Counter, Gauge, OperatorMetrics } from './metrics/operator-metrics.ts'
export type { ThrottleOptions } from './operators/basic/throttle.ts'
export type { DeduplicateOptions } from './operators/look-back/deduplicate-plan.ts'
export type { LookBack, OverOptions } from './operators/look-back/look-back.ts'
export type { OverResult } from './operators/look-back/over-aggregate.ts'
export type { RankedList, Ranking } from './operators/look-back/top-n.ts'
export {
  type CalendarOptions,
  type CalendarWindows,
  calendarWindows,
  cumulativeCalendarWindows,
  slidingCalendarWindows,
} from './operators/windows/assigners/calendar-windows.ts'
export {
  type CumulativeWindows,
  cumulativeEventTimeWindows,
} from './operators/windows/assigners/cumulative-event-time-windows.ts'
export { dynamicEventTimeSessionWindows } from './operators/windows/assigners/dynamic-event-time-session-windows.ts'
export { dynamicProcessingTimeSessionWindows } from './operators/windows/assigners/dynamic-processing-time-session-windows.ts'
export { eventTimeSessionWindows } from './operators/windows/assigners/event-time-session-windows.ts'
export { globalWindows } from './operators/windows/assigners/global-windows.ts'
export { processingTimeSessionWindows } from './operators/windows/assigners/processing-time-session-windows.ts'
export { slidingEventTimeWindows } from './operators/windows/assigners/sliding-event-time-windows.ts'
export { slidingProcessingTimeWindows } from './operators/windows/assigners/sliding-processing-time-windows.ts'
export { tumblingEventTimeWindows } from './operators/windows/assigners/tumbling-event-time-windows.ts'
export { tumblingProcessingTimeWindows } from './operators/windows/assigners/tumbling-processing-time-windows.ts'
export type { WindowAssigner } from './operators/windows/assigners/window-assigner.ts'
export type { CountWindowResult } from './operators/windows/count-window.ts'
export { countEvictor } from './operators/windows/evictors/count-evictor.ts'
export { deltaEvictor } from './operators/windows/evictors/delta-evictor.ts'
export type {
  Evictor,
  EvictorContext,
  EvictorOptions,
  TimestampedElement,
} from './operators/windows/evictors/evictor.ts'
export { timeEvictor } from './operators/windows/evictors/time-evictor.ts'
export { continuousEventTimeTrigger } from './operators/windows/triggers/continuous-event-time-trigger.ts'
export { continuousProcessingTimeTrigger } from './operators/windows/triggers/continuous-processing-time-trigger.ts'
export { countTrigger } from './operators/windows/triggers/count-trigger.ts'
export { defineTrigger } from './operators/windows/triggers/define-trigger.ts'
export { deltaTrigger } from './operators/windows/triggers/delta-trigger.ts'
export { eventTimeTrigger } from './operators/windows/triggers/event-time-trigger.ts'
export { neverTrigger } from './operators/windows/triggers/never-trigger.ts'
export { processingTimeTrigger } from './operators/windows/triggers/processing-time-trigger.ts'
export { purgingTrigger } from './operators/windows/triggers/purging-trigger.ts'
export type {
  Trigger,
  TriggerContext,
  TriggerMergeContext,
  TriggerResult,
  WindowTimers,
} from './operators/windows/triggers/trigger.ts'
export type { WindowFunction } from './operators/windows/window-function.ts'
export type { WindowResult } from './operators/windows/window-results.ts'
export type { AllCountWindowResult, AllWindowResult } from './operators/windows/without-key.ts'
export type { JobHandle, JobResult, ResumePoint } from './runtime/job-handle.ts'
export type { JobMetrics, JobStatus, StepMetrics } from './runtime/job-metrics.ts'
export {
  type ExponentialDelayOptions,
  exponentialDelayRestart,
  failureRateRestart,
  fixedDelayRestart,
  noRestart,
  type RestartStrategy,
} from './runtime/restart-strategy.ts'
export type { Codec } from './state/codec.ts'
export {
  aggregatingState,
  type BroadcastStateDescriptors,
  broadcastState,
  listState,
  mapState,
  type OperatorStateDescriptors,
  type OperatorStateOptions,
  operatorListState,
  reducingState,
  type StateDescriptors,
  type StateOptions,
  valueState,
} from './state/descriptors.ts'
export type {
  AggregatingState,
  BroadcastState,
  ListState,
  MapState,
  OperatorStateOf,
  ReadonlyBroadcastState,
  ReducingState,
  StateOf,
  ValueState,
} from './state/state.ts'
export type { StateTtl } from './state/ttl.ts'
export type { CalendarUnit } from './time/calendar-unit.ts'
export { type Duration, hours, minutes, parseDuration, seconds } from './time/duration.ts'
export type { PerKeyWatermarks } from './time/per-key-watermarks.ts'
export type { FiredTimer, TimerRegistry, TimerService } from './time/timer-service.ts'
export type { WatermarkGenerator } from './time/watermark-generator.ts'
export {
  boundedOutOfOrderness,
  customWatermarks,
  monotonousTimestamps,
  noWatermarks,
  punctuatedWatermarks,
  type TimestampAssigner,
  type WatermarkAlignment,
  type WatermarkStrategy,
} from './time/watermark-strategy.ts'
