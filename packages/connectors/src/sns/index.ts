/**
 * Amazon SNS, by `@aws-sdk/client-sns`.
 *
 * Sink. Delivery: at least once; to a FIFO topic, once for each de-duplication id within five minutes. Order: none; of a FIFO topic, that of each
 * group. What a restart repeats: what came after the checkpoint; also without one, a request whose answer was lost is made again. Subscribers
 * that have not confirmed get nothing: that is the service's to keep.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export { snsSink } from './sink.ts'
export type { SnsAttributes, SnsSinkOptions } from './sink-options.ts'
