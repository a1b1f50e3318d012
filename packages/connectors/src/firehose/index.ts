/**
 * Amazon Data Firehose, by `@aws-sdk/client-firehose`.
 *
 * Sink. Delivery: at least once. Order: none. What a restart repeats: what came after the checkpoint; also without one, a request whose
 * answer was lost is made again. When objects appear, and in how many pieces, is the delivery stream's own to say; for objects that are
 * committed with the checkpoint there is `@millrace/connectors/s3`.
 */
export type { AwsBatchOptions } from '../aws/batch-options.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { firehoseSink } from './sink.ts'
export type { FirehoseSinkOptions } from './sink-options.ts'
