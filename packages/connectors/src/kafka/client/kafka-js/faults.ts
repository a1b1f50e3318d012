import { bareCause } from '../bare-cause.ts'
import { KafkaFault } from '../kafka-fault.ts'

/** What the library threw, in our vocabulary. Its texts stay in the cause. */
export function toFault(error: unknown, what: string, otherwise: 'UNREACHABLE' | 'CONNECTION_LOST'): KafkaFault {
  if (error instanceof KafkaFault) return error
  const cause = bareCause(error)
  const { name, type } = detailsOf(error)
  if (isRefusal(error)) {
    return new KafkaFault('AUTHENTICATION', `${what}: the broker does not accept the credentials`, { cause })
  }
  if (type !== undefined) return new KafkaFault(type, `${what}: ${type}`, { cause })
  if (name === 'KafkaJSRequestTimeoutError' && otherwise === 'CONNECTION_LOST') {
    return new KafkaFault('REQUEST_TIMEOUT', `${what}: no answer in time`, { cause })
  }
  if (name.startsWith('KafkaJS'))
    return new KafkaFault(otherwise, `${what}: ${networkReason(error, otherwise)}`, { cause })
  return new KafkaFault('UNKNOWN', `${what}: the client failed`, { cause })
}

/** A log-in that failed, and not because the connection did. */
function isRefusal(error: unknown): boolean {
  const { name, type, message } = detailsOf(error)
  if (type?.includes('SASL')) return true
  return name === 'KafkaJSSASLAuthenticationError' && !/closed|timed out|connection error|not connected/i.test(message)
}

/** The system's word (`ECONNREFUSED`), or ours. */
function networkReason(error: unknown, otherwise: string): string {
  const { code, message } = detailsOf(error)
  if (code !== undefined) return code
  if (/timed? ?out/i.test(message)) return 'no answer in time'
  return otherwise === 'UNREACHABLE'
    ? 'the broker closed it; one that asks for TLS, or for none, does so'
    : 'the broker closed it'
}

interface Details {
  readonly name: string
  readonly message: string
  /** Kafka's name. */
  readonly type: string | undefined
  /** The system's. */
  readonly code: string | undefined
}

function detailsOf(error: unknown): Details {
  if (!(error instanceof Error)) return { name: '', message: '', type: undefined, code: undefined }
  return { name: error.name, message: error.message, type: textOf(error, 'type'), code: textOf(error, 'code') }
}

function textOf(error: Error, key: string): string | undefined {
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : undefined
}
