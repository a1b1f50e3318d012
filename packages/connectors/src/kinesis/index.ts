/**
 * Amazon Kinesis Data Streams, by `@aws-sdk/client-kinesis`.
 *
 * Source. Replay: from any record that the stream still holds; where the next one is gone the job fails, or counts it and goes on. Order:
 * that of each shard, and of a partition key also across splits and merges: a shard is read after its parents. A restart reads again from
 * the positions of the checkpoint, also in the middle of an aggregate. Without end.
 *
 * Sink. Delivery: at least once. Order: that of each partition key, unless `order: 'none'`. What a restart repeats: what came after the
 * checkpoint; also without one, a request whose answer was lost is made again. Readers tell repeats by an id of the record's own.
 *
 * In AWS Lambda. Delivery: at least once; a failed batch comes again from the first record that no checkpoint of its job counts on, or as a whole.
 */
export type { AwsBatchOptions } from '../aws/batch-options.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export {
  type KinesisLambdaAnswer,
  type KinesisLambdaEvent,
  type KinesisLambdaOptions,
  kinesisLambdaHandler,
} from './lambda-handler.ts'
export { kinesisSink } from './sink.ts'
export type { KinesisSinkOptions } from './sink-options.ts'
export { kinesisSource } from './source.ts'
export type { KinesisPollOptions, KinesisRecordInfo, KinesisSourceOptions, KinesisStart } from './source-options.ts'
