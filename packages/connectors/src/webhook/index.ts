/**
 * Webhooks: signed requests to recipients' URLs.
 *
 * Sink. Delivery: at least once, each time with the idempotency key that you state. Order: as written, for each recipient. What a restart
 * repeats: what its checkpoint says was not delivered, and what came after the checkpoint. Who is unconfirmed or suspended gets nothing. A recipient
 * that is down holds up no other, nor any other sink.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { UndeliveredNotice } from '../notices/notice.ts'
export type { NoticeOptions } from '../notices/notice-options.ts'
export type { Recipient } from '../notices/recipient.ts'
export type { WebhookSinkOptions } from './options.ts'
export { webhookSink } from './sink.ts'
