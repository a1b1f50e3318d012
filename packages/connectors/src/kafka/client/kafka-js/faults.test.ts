import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { KafkaFault } from '../kafka-fault.ts'
import { toFault } from './faults.ts'

type Thrown = new (message: unknown, details?: object) => Error

/** The library's own; its types leave some out. */
const {
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} = createRequire(import.meta.url)('kafkajs/src/errors') as {
  readonly KafkaJSConnectionClosedError: Thrown
  readonly KafkaJSConnectionError: Thrown
  readonly KafkaJSProtocolError: Thrown
  readonly KafkaJSRequestTimeoutError: Thrown
  readonly KafkaJSSASLAuthenticationError: Thrown
}

const timeout = new KafkaJSRequestTimeoutError('Request Fetch(key: 1, version: 11) timed out')

function protocolError(type: string): Error {
  return new KafkaJSProtocolError({ message: 'what it means', type, code: 1, retriable: false })
}

const lost = (error: unknown) => {
  const { fault, message } = toFault(error, 'Fetch', 'CONNECTION_LOST')
  return `${fault}: ${message}`
}
const unreached = (error: unknown) => {
  const { fault, message } = toFault(error, 'no connection', 'UNREACHABLE')
  return `${fault}: ${message}`
}

describe('what kafkajs throws', () => {
  it('is a fault of the connection, with the word of the system', () => {
    const refused = new KafkaJSConnectionError('Connection error: connect', { code: 'ECONNREFUSED' })
    expect(unreached(refused)).toBe('UNREACHABLE: no connection: ECONNREFUSED')
    expect(lost(new KafkaJSConnectionError('Not connected'))).toBe('CONNECTION_LOST: Fetch: the broker closed it')
    expect(lost(new KafkaJSConnectionClosedError('Closed connection', { host: 'a', port: 1 }))).toMatch(
      /^CONNECTION_LOST/,
    )
    expect(unreached(new KafkaJSConnectionError('Connection timeout'))).toMatch(/^UNREACHABLE: .*no answer in time$/)
    expect(lost(timeout)).toBe('REQUEST_TIMEOUT: Fetch: no answer in time')
    expect(unreached(timeout)).toBe('UNREACHABLE: no connection: no answer in time')
  })

  it('is a log-in that was refused only where the connection held', () => {
    const sasl = (why: string) => new KafkaJSSASLAuthenticationError(`SASL PLAIN authentication failed: ${why}`)
    expect(unreached(sasl('Authentication failed'))).toMatch(/^AUTHENTICATION: no connection/)
    expect(unreached(protocolError('UNSUPPORTED_SASL_MECHANISM'))).toMatch(/^AUTHENTICATION/)
    expect(unreached(sasl('Closed connection'))).toMatch(/^UNREACHABLE/)
    expect(unreached(sasl('Request SaslAuthenticate(key: 36, version: 1) timed out'))).toMatch(/^UNREACHABLE/)
  })

  it("has Kafka's name, is a fault already, or is unknown", () => {
    expect(lost(protocolError('UNSUPPORTED_VERSION'))).toBe('UNSUPPORTED_VERSION: Fetch: UNSUPPORTED_VERSION')
    const fault = new KafkaFault('CORRUPT_MESSAGE', 'the batch at offset 7 cannot be read')
    expect(toFault(fault, 'Fetch', 'CONNECTION_LOST')).toBe(fault)
    expect(lost(new TypeError('x is not a function'))).toBe('UNKNOWN: Fetch: the client failed')
    expect(lost('odd')).toBe('UNKNOWN: Fetch: the client failed')
  })
})
