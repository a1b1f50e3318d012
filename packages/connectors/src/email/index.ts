/**
 * E-mail over SMTP, by `nodemailer`.
 *
 * Sink. Delivery: at least once to the mail server, each time with the same Message-ID, made of the key that you state. Order: as written, for each recipient.
 * What a restart repeats: what its checkpoint says was not delivered, and what came after the checkpoint. Who is unconfirmed or suspended gets nothing. A
 * server that is down holds up no other sink.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { UndeliveredNotice } from '../notices/notice.ts'
export type { NoticeOptions } from '../notices/notice-options.ts'
export type { Recipient } from '../notices/recipient.ts'
export type { EmailSinkOptions } from './options.ts'
export { emailSink } from './sink.ts'
