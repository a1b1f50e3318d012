// What the author of a source, a sink, an operator or a storage of checkpoints implements.
export type { Checkpoint } from './checkpoint/checkpoint.ts'
export { checkpointBytes, checkpointOf } from './checkpoint/checkpoint-bytes.ts'
export type { CheckpointStorage, TakenStorage } from './checkpoint/checkpoint-storage.ts'
export type { Key } from './elements/key.ts'
export type { OutputTag } from './elements/output-tag.ts'
export { MAX_WATERMARK, MIN_WATERMARK, NO_TIMESTAMP } from './elements/timestamp.ts'
export { type ErrorCode, MillraceError } from './errors.ts'
export type { OperatorMetrics } from './metrics/operator-metrics.ts'
// A process function as an operator, to run it through `verifyOperator` or a harness.
export { broadcastProcessOperator } from './operators/basic/broadcast-process.ts'
export { coProcessOperator } from './operators/basic/co-process.ts'
export { keyedBroadcastProcessOperator } from './operators/basic/keyed-broadcast-process.ts'
export { keyedCoProcessOperator } from './operators/basic/keyed-co-process.ts'
export { keyedProcessOperator } from './operators/basic/keyed-process.ts'
export { processOperator } from './operators/basic/process.ts'
export type { ContractCase } from './operators/contract-case.ts'
export type { KeySelector, Operator, OperatorContext, OperatorFactory, Output, Place } from './operators/operator.ts'
export { type SinkContractOptions, type SinkUnderTest, sinkContract } from './operators/sinks/sink.contract.ts'
export type { Committable, Sink, SinkContext, SinkWriter } from './operators/sinks/sink.ts'
export {
  type SourceContractOptions,
  type SourceUnderTest,
  sourceContract,
} from './operators/sources/source.contract.ts'
export type {
  Reject,
  Source,
  SourceBatch,
  SourceContext,
  SourceReader,
  Split,
  SplitEnumerator,
  SplitPosition,
  SplitReader,
} from './operators/sources/source.ts'
export type { Codec } from './state/codec.ts'
export {
  type CheckpointStorageContractOptions,
  checkpointStorageContract,
  type StorageUnderTest,
} from './testing/checkpoint-storage.contract.ts'
export { type Duration, parseDuration } from './time/duration.ts'
