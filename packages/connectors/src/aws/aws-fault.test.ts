import { describe, expect, it } from 'vitest'
import { awsFault } from './aws-fault.ts'

function serviceError(name: string, status: number | undefined, more: object = {}): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status, requestId: 'r-1' } }
  return Object.assign(new Error("Value 'secret' at 'key' is not so"), { name, ...metadata, ...more })
}

describe('awsFault', () => {
  it.each([
    [serviceError('ProvisionedThroughputExceededException', 400), 'throttled', true],
    [serviceError('SlowDown', 503), 'throttled', true],
    [serviceError('Anything', 429), 'throttled', true],
    [serviceError('TransactionConflictException', 400), 'unavailable', true],
    [serviceError('ConditionalRequestConflict', 409), 'unavailable', true],
    [serviceError('Unheard', 502), 'unavailable', true],
    [serviceError('SyntaxError', undefined, { $response: { statusCode: 200 } }), 'unavailable', true],
    [serviceError('AccessDenied', 403), 'not-authorized', false],
    [serviceError('ExpiredTokenException', 400), 'not-authorized', true],
    [serviceError('RequestTimeTooSkewed', 403), 'not-authorized', true],
    [serviceError('NoSuchBucket', 404), 'missing', false],
    [serviceError('QueueDoesNotExist', 400), 'missing', false],
    [serviceError('Error', undefined, { code: 'ECONNREFUSED' }), 'unreachable', true],
    [serviceError('TimeoutError', undefined, { code: 'ECONNRESET' }), 'unreachable', true],
    [serviceError('AbortError', undefined), 'timed-out', true],
    [serviceError('TimeoutError', undefined, { code: 'ETIMEDOUT' }), 'timed-out', true],
    [serviceError('ValidationException', 400), 'refused', false],
    [new TypeError('no such thing'), 'refused', false],
    ['a text', 'refused', false],
  ])('%s is %s', (error, kind, retryable) => {
    const fault = awsFault(error)
    expect(fault).toMatchObject({ kind, retryable })
    expect(fault.cause).toBeUndefined()
    expect(fault.message).not.toContain('secret')
  })

  it('names the fault, the status and the request, where they are names', () => {
    expect(awsFault(serviceError('ValidationException', 400)).message).toBe(
      'ValidationException (HTTP 400, request r-1)',
    )
    expect(awsFault(serviceError("Value 'secret'", 400)).message).toBe('UnknownError (HTTP 400, request r-1)')
  })

  it('is left as it is where it is one already', () => {
    const fault = awsFault(new Error('x'))
    expect(awsFault(fault)).toBe(fault)
  })
})
