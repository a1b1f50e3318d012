import { createHash } from 'node:crypto'
import type { Sink } from '@millrace/core/connector'
import type { Transporter } from 'nodemailer'
import { MillraceConnectorError } from '../errors.ts'
import { DeliveryFault, type Notice } from '../notices/notice.ts'
import { NoticeSinkWriter } from '../notices/notice-sink-writer.ts'
import { type EmailSinkOptions, type ParsedEmail, parseEmail } from './options.ts'

/**
 * Sends a mail to each recipient, at least once, each time with the same Message-ID, which is made of `key`.
 *
 * A server's 4xx, and no answer, are tried again for `retryFor`; 5xx is not. A recipient that is refused, and a server that is down, hold up
 * nobody else, and no checkpoint for longer than `checkpointWait`.
 *
 * Metrics: counters `delivered`, `undelivered`, `withheld`, `retries`; gauges `bufferedBytes`, `bufferedRecords`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, FORMAT_ENCODE_FAILED;
 * NOTICE_UNDELIVERED with `whenUndelivered: 'fail'`.
 */
export function emailSink<T>(options: EmailSinkOptions<T>): Sink<T> {
  const parsed = parseEmail(options)
  return {
    kind: 'email',
    delivery: 'at-least-once',
    open: async (context) => {
      const { transport, close } = await openTransport(parsed)
      return new NoticeSinkWriter<T>(
        {
          options: parsed.notices,
          what: `sink '${context.operatorId}'`,
          textOf: (record) => ({ subject: oneLine(parsed.subject.render(record)), body: parsed.body.render(record) }),
          deliver: (notice, signal) => send(transport, parsed.from, notice, signal),
          close,
        },
        context,
      )
    },
  }
}

interface OpenTransport {
  readonly transport: Pick<Transporter, 'sendMail'>
  close(): void
}

async function openTransport<T>({ transport, smtp, notices }: ParsedEmail<T>): Promise<OpenTransport> {
  if (transport !== undefined) return { transport, close: () => undefined }
  let library: typeof import('nodemailer')
  try {
    library = await import('nodemailer')
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "this needs 'nodemailer'", { cause })
  }
  const { requestTimeoutMs: ms } = notices
  const times = { connectionTimeout: ms, greetingTimeout: ms, socketTimeout: ms }
  const settings = typeof smtp === 'string' ? { url: smtp } : smtp
  const made = library.createTransport({ ...times, ...settings, pool: true })
  return { transport: made, close: () => made.close() }
}

async function send(
  transport: Pick<Transporter, 'sendMail'>,
  from: string,
  { key, address, subject = '', body }: Notice,
  signal: AbortSignal,
): Promise<void> {
  const id = createHash('sha256').update(`${key}\n${address}`).digest('hex').slice(0, 40)
  const domain = /@([\w.-]+)>?$/.exec(from)?.[1] ?? 'localhost'
  // As an object: an address in a text could be a list of them.
  const mail = { from, to: { name: '', address }, subject, text: body, messageId: `<${id}@${domain}>` }
  const isAborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new DeliveryFault('no answer in time', true)), { once: true })
  })
  try {
    await Promise.race([transport.sendMail(mail), isAborted])
  } catch (error) {
    if (error instanceof DeliveryFault) throw error
    const { responseCode } = error as { responseCode?: unknown }
    if (typeof responseCode !== 'number') throw new DeliveryFault('the mail server gave no answer', true)
    throw new DeliveryFault(`the mail server said ${responseCode}`, responseCode < 500)
  }
}

/** No field of a record can end the header and begin another. */
function oneLine(subject: string): string {
  return subject.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
