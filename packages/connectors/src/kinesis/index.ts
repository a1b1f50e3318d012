/**
 * Amazon Kinesis Data Streams, by `@aws-sdk/client-kinesis`.
 *
 * Sink. Delivery: at least once. Order: that of each partition key, unless `order: 'none'`. What a restart repeats: what came after the
 * checkpoint; also without one, a request whose answer was lost is made again. Readers tell repeats by an id of the record's own.
 */
export type { AwsBatchOptions } from '../aws/batch-options.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { kinesisSink } from './sink.ts'
export type { KinesisSinkOptions } from './sink-options.ts'
