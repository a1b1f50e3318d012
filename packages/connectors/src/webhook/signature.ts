import { createHmac } from 'node:crypto'

/**
 * The headers by which a receiver knows who sent a request, and whether it had it before; as the Standard Webhooks specification has them.
 *
 * ```
 *   webhook-signature: v1,base64(HMAC-SHA256(secret, `${id}.${timestamp}.${body}`))     one for each secret, with a space between
 * ```
 */
export function signedHeaders(
  secrets: readonly Buffer[],
  { id, body, seconds }: { readonly id: string; readonly body: string; readonly seconds: number },
): Record<string, string> {
  const signed = `${id}.${seconds}.${body}`
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
    'idempotency-key': id,
  }
}
