import type { Sink } from '@millrace/core/connector'
import { systemCode } from '../errors.ts'
import { DeliveryFault, type Notice } from '../notices/notice.ts'
import { NoticeSinkWriter } from '../notices/notice-sink-writer.ts'
import { type ParsedWebhook, parseWebhook, type WebhookSinkOptions } from './options.ts'
import { signedHeaders } from './signature.ts'

/**
 * Posts a message to each recipient's URL, at least once, signed with HMAC-SHA256 and with the same idempotency key each time.
 *
 * An answer of 2xx is a delivery. 408, 409, 425, 429 and 5xx, and no answer, are tried again for `retryFor`; others, redirections too, are
 * not. A recipient that is down holds up nobody else, and no checkpoint for longer than `checkpointWait`.
 *
 * Metrics: counters `delivered`, `undelivered`, `withheld`, `retries`; gauges `bufferedBytes`, `bufferedRecords`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: FORMAT_ENCODE_FAILED; NOTICE_UNDELIVERED with
 * `whenUndelivered: 'fail'`.
 */
export function webhookSink<T>(options: WebhookSinkOptions<T>): Sink<T> {
  const parsed = parseWebhook(options)
  return {
    kind: 'webhook',
    delivery: 'at-least-once',
    open: (context) =>
      new NoticeSinkWriter<T>(
        {
          options: parsed.notices,
          what: `sink '${context.operatorId}'`,
          textOf: (record) => ({ body: parsed.body.render(record) }),
          deliver: (notice, signal) => post(parsed, notice, signal),
          close: () => undefined,
        },
        context,
      ),
  }
}

const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429])

async function post<T>(options: ParsedWebhook<T>, notice: Notice, signal: AbortSignal): Promise<void> {
  const { secrets, contentType, allowHttp } = options
  const { key, address, body } = notice
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'https:' && !(allowHttp && url?.protocol === 'http:')) {
    throw new DeliveryFault('the recipient has no https: address', false)
  }
  const headers = signedHeaders(secrets, { id: key, body, seconds: Math.floor(Date.now() / 1_000) })
  let answer: Response
  try {
    answer = await fetch(url, {
      method: 'POST',
      // A redirection could lead a patient's data, and our signature, to anyone.
      redirect: 'manual',
      headers: { ...headers, 'content-type': contentType },
      body,
      signal,
    })
    await answer.body?.cancel()
  } catch (error) {
    const code = systemCode(error instanceof Error ? error.cause : undefined)
    throw new DeliveryFault(`no answer${code === '' ? '' : ` (${code})`}`, true)
  }
  if (answer.ok) return
  throw new DeliveryFault(`HTTP ${answer.status}`, answer.status >= 500 || PASSING.has(answer.status))
}
