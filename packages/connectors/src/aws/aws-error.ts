import { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
import { type AwsFaultKind, awsFault } from './aws-fault.ts'

const CODES: Readonly<Record<AwsFaultKind, ConnectorErrorCode>> = {
  unreachable: 'AWS_UNREACHABLE',
  'timed-out': 'AWS_UNREACHABLE',
  throttled: 'AWS_THROTTLED',
  unavailable: 'AWS_UNAVAILABLE',
  'not-authorized': 'AWS_NOT_AUTHORIZED',
  missing: 'AWS_RESOURCE_MISSING',
  refused: 'AWS_REQUEST_REFUSED',
}

/**
 * The error for a request that nothing helped against. `what` says what was asked for (`PutRecords of sink 'alarms'`). Its cause is
 * an `AwsFault`, not the SDK's error: that one quotes what was sent.
 */
export function awsError(what: string, error: unknown): MillraceConnectorError {
  if (error instanceof MillraceConnectorError) return error
  const fault = awsFault(error)
  return new MillraceConnectorError(CODES[fault.kind], `${what}: ${fault.message}`, { cause: fault })
}
