import { inspect } from 'node:util'
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  ResponseError,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UserError,
} from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { KafkaFault } from '../kafka-fault.ts'
import { toFault } from './faults.ts'

const system = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const closed = new NetworkError('Connection closed')

const lost = (error: unknown) => {
  const { fault, message } = toFault(error, 'Fetch', 'CONNECTION_LOST')
  return `${fault}: ${message}`
}
const unreached = (error: unknown) => {
  const { fault, message } = toFault(error, 'no connection', 'UNREACHABLE')
  return `${fault}: ${message}`
}

describe('what @platformatic/kafka throws', () => {
  it('is a fault of the connection, with the word of the system', () => {
    expect(lost(closed)).toBe('CONNECTION_LOST: Fetch: the broker closed it')
    expect(lost(new NetworkError('Connection error', { cause: system }))).toBe('CONNECTION_LOST: Fetch: ECONNREFUSED')
    expect(unreached(new NetworkError('failed', { cause: system }))).toBe('UNREACHABLE: no connection: ECONNREFUSED')
    expect(unreached(new TimeoutError('Connection to a:1 timed out.'))).toBe(
      'UNREACHABLE: no connection: no answer in time',
    )
    expect(unreached(new UserError('Broker requires TLS.'))).toBe('UNREACHABLE: no connection: the broker asks for TLS')
    expect(lost(new TimeoutError('Request timed out'))).toBe('REQUEST_TIMEOUT: Fetch: no answer in time')
  })

  it('is a log-in that was refused only where the connection held', () => {
    const refused = new AuthenticationError('SASL authentication failed.', { cause: new ProtocolError(58) })
    expect(unreached(new NetworkError('failed', { cause: refused }))).toMatch(/^AUTHENTICATION: no connection/)
    const silent = new AuthenticationError('The SASL/OAUTHBEARER token provider threw an error.')
    expect(unreached(new NetworkError('failed', { cause: silent }))).toMatch(/^AUTHENTICATION: .*function .* failed$/)
    const broken = new AuthenticationError('SASL authentication failed.', { cause: closed })
    expect(unreached(new NetworkError('failed', { cause: broken }))).toMatch(/^UNREACHABLE/)
  })

  it("has Kafka's name, however deep it lies", () => {
    const response = new ResponseError(22, 4, { '/': [90, null] }, {})
    expect(lost(new MultipleErrors('several', [new Error('a'), response]))).toBe(
      'PRODUCER_FENCED: Fetch: PRODUCER_FENCED',
    )
  })

  it('is a fault already, or is unknown', () => {
    const fault = new KafkaFault('CORRUPT_MESSAGE', 'the batch at offset 7 cannot be read')
    expect(toFault(fault, 'Fetch', 'CONNECTION_LOST')).toBe(fault)
    expect(lost(new TypeError('x is not a function'))).toBe('UNKNOWN: Fetch: the client failed')
    expect(lost('odd')).toBe('UNKNOWN: Fetch: the client failed')
  })

  it('keeps its text and its stack, and nothing else that it carries', () => {
    const error = new UnexpectedCorrelationIdError('Received unexpected response', { raw: 'value-of-a-patient' })
    const fault = toFault(error, 'Fetch', 'CONNECTION_LOST')
    expect(fault.cause).toMatchObject({ message: 'Received unexpected response', stack: error.stack })
    expect(inspect(error)).toContain('value-of-a-patient')
    expect(inspect(fault, { depth: 20, showHidden: true })).not.toContain('value-of-a-patient')
  })
})
