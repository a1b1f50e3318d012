import { bareCause } from '../bare-cause.ts'
import { KafkaFault } from '../kafka-fault.ts'

/** What the library threw, in our vocabulary. Its texts stay in the cause. */
export function toFault(error: unknown, what: string, otherwise: 'UNREACHABLE' | 'CONNECTION_LOST'): KafkaFault {
  if (error instanceof KafkaFault) return error
  const all = [...withCauses(error)]
  const cause = bareCause(error)
  const protocol = all.find((each) => typeof each.apiId === 'string')?.apiId
  if (all.some((each) => String(each.message).endsWith('provider threw an error.'))) {
    return new KafkaFault('AUTHENTICATION', `${what}: the function that gives the credentials failed`, { cause })
  }
  if (isRefusal(all) || isSasl(protocol)) {
    return new KafkaFault('AUTHENTICATION', `${what}: the broker does not accept the credentials`, { cause })
  }
  if (typeof protocol === 'string') return new KafkaFault(protocol, `${what}: ${protocol}`, { cause })
  if (all.some((each) => each.code === 'PLT_KFK_UNSUPPORTED_COMPRESSION')) {
    return new KafkaFault('UNSUPPORTED', `${what}: this Node has no such codec`, { cause })
  }
  if (otherwise === 'CONNECTION_LOST' && all.some((each) => each.message === 'Request timed out')) {
    return new KafkaFault('REQUEST_TIMEOUT', `${what}: no answer in time`, { cause })
  }
  if (all.some((each) => each.code === 'PLT_KFK_NETWORK' || each.code === 'PLT_KFK_USER')) {
    return new KafkaFault(otherwise, `${what}: ${networkReason(all, otherwise)}`, { cause })
  }
  return new KafkaFault('UNKNOWN', `${what}: the client failed`, { cause })
}

/** A log-in that failed, and not because the connection did. */
function isRefusal(all: readonly Details[]): boolean {
  const login = all.find((each) => each.code === 'PLT_KFK_AUTHENTICATION')
  return login !== undefined && ![...withCauses(login.cause)].some((each) => each.code === 'PLT_KFK_NETWORK')
}

function isSasl(protocol: unknown): boolean {
  return typeof protocol === 'string' && /SASL/.test(protocol)
}

/** The system's word (`ECONNREFUSED`), or one of the library's constant sentences. */
function networkReason(all: readonly Details[], otherwise: string): string {
  const system = all.find((each) => typeof each.code === 'string' && !each.code.startsWith('PLT_'))
  if (system !== undefined) return String(system.code)
  const texts = all.map((each) => String(each.message))
  if (texts.includes('Broker requires TLS.')) return 'the broker asks for TLS'
  if (texts.some((text) => text.startsWith('TLS handshake failed'))) return 'the broker does not speak TLS'
  if (texts.some((text) => text.includes('timed out'))) return 'no answer in time'
  return otherwise === 'UNREACHABLE'
    ? 'the broker closed it; one that asks for TLS, or for none, does so'
    : 'the broker closed it'
}

interface Details {
  readonly code?: unknown
  readonly apiId?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

function* withCauses(error: unknown, depth = 0): Generator<Details> {
  if (typeof error !== 'object' || error === null || depth > 8) return
  const details: Details = error
  yield details
  yield* withCauses(details.cause, depth + 1)
  if (Array.isArray(details.errors)) for (const each of details.errors) yield* withCauses(each, depth + 1)
}
