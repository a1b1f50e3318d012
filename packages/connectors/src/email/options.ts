import type { Transporter } from 'nodemailer'
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js'
import type { Template } from '../formats/template.ts'
import { NOTICE_OPTIONS, type NoticeOptions, type ParsedNotices, parseNotices } from '../notices/notice-options.ts'
import { checkNames, invalidOption, text } from '../option-checks.ts'

export interface EmailSinkOptions<T> extends NoticeOptions<T> {
  /** A transport of nodemailer's: used as it is, and left open. Either this or `smtp`. */
  readonly transport?: Pick<Transporter, 'sendMail'>
  /** What nodemailer's `createTransport` takes for SMTP: host, port, secure, auth, tls. Connections are pooled. */
  readonly smtp?: SMTPPool.Options | string
  /** The sender's address. */
  readonly from: string
  /** One line. It is seen in lists and on locked screens: no patient's data. */
  readonly subject: Template<T>
  /** A `template` names each field that it lets out. */
  readonly body: Template<T>
}

export interface ParsedEmail<T> {
  readonly notices: ParsedNotices<T>
  readonly transport: Pick<Transporter, 'sendMail'> | undefined
  readonly smtp: SMTPPool.Options | string | undefined
  readonly from: string
  readonly subject: Template<T>
  readonly body: Template<T>
}

const OWN: readonly (keyof EmailSinkOptions<unknown>)[] = ['transport', 'smtp', 'from', 'subject', 'body']
const NAMES: readonly string[] = [...NOTICE_OPTIONS, ...OWN]

/** Shows nothing of `smtp`. @throws CONNECTOR_OPTION_INVALID */
export function parseEmail<T>(options: EmailSinkOptions<T>): ParsedEmail<T> {
  checkNames('', options, NAMES)
  const { transport, smtp, subject, body } = options
  if ((transport === undefined) === (smtp === undefined))
    throw invalidOption('transport', 'or smtp, one of them, is needed')
  if (transport !== undefined && typeof transport.sendMail !== 'function') {
    throw invalidOption('transport', "is none of nodemailer's")
  }
  for (const [name, given] of [['subject', subject] as const, ['body', body] as const]) {
    if (typeof given?.render !== 'function') throw invalidOption(name, 'is no template')
  }
  const from = text('from', options.from)
  if (!/^[^\r\n]*[^@\s]+@[^@\s]+$/.test(from)) throw invalidOption('from', 'is no address')
  return { notices: parseNotices(options), transport, smtp, from, subject, body }
}
