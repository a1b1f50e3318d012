/**
 * Amazon SQS, by `@aws-sdk/client-sqs`.
 *
 * Source. Delivery: at least once; a message is deleted when the checkpoint that counts on it is durable, and hidden from others until then. What a restart
 * repeats: what came after the checkpoint, and what of it was not deleted before a crash. A message that is none is a reject, or is left to the queue's
 * dead-letter queue. Order: none; of a FIFO queue, that of each group. Without end.
 *
 * Sink. Delivery: at least once; to a FIFO queue, once for each de-duplication id within five minutes. Order: none; of a FIFO queue, that of each
 * group. What a restart repeats: what came after the checkpoint; also without one, a request whose answer was lost is made again.
 */
export type { AwsBatchOptions } from '../aws/batch-options.ts'
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { sqsSink } from './sink.ts'
export type { SqsAttributes, SqsSinkOptions } from './sink-options.ts'
export { sqsSource } from './source.ts'
export type { SqsMessageInfo, SqsSourceOptions } from './source-options.ts'
