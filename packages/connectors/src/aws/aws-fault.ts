import { systemCode } from '../errors.ts'

/** What kind of trouble a request met, for what can be done about it. */
export type AwsFaultKind =
  | 'unreachable'
  | 'timed-out'
  | 'throttled'
  | 'unavailable'
  | 'not-authorized'
  | 'missing'
  | 'refused'

/**
 * What a service or the way to it said of a request, without what it said in its own words: those quote what was sent.
 * `errorName` is the service's (`ProvisionedThroughputExceededException`) or the system's (`ECONNREFUSED`).
 */
export class AwsFault extends Error {
  readonly kind: AwsFaultKind
  readonly errorName: string
  readonly httpStatus: number | undefined
  readonly requestId: string | undefined
  /** Whether the same request may go well later. */
  readonly retryable: boolean

  constructor(kind: AwsFaultKind, errorName: string, at: { httpStatus?: number; requestId?: string } = {}) {
    const where = [
      ...(at.httpStatus === undefined ? [] : [`HTTP ${at.httpStatus}`]),
      ...(at.requestId === undefined ? [] : [`request ${at.requestId}`]),
    ].join(', ')
    super(where === '' ? errorName : `${errorName} (${where})`)
    this.name = 'AwsFault'
    this.kind = kind
    this.errorName = errorName
    this.httpStatus = at.httpStatus
    this.requestId = at.requestId
    this.retryable = PASSING_KINDS.has(kind) || PASSING_NAMES.has(errorName)
  }
}

const PASSING_KINDS: ReadonlySet<AwsFaultKind> = new Set(['unreachable', 'timed-out', 'throttled', 'unavailable'])

// Credentials that have run out are fetched anew by the SDK for the next request; a clock that is off is corrected for it.
const PASSING_NAMES: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'RequestInTheFuture',
])

// Most are of the SDK's own list of what it tries again.
const THROTTLED: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'KMSThrottlingException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
])

const UNAVAILABLE: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'OperationAborted',
  'ReplicatedWriteConflictException',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionConflictException',
  'TransactionInProgressException',
])

const NOT_AUTHORIZED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'KMSAccessDeniedException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
])

const MISSING: ReadonlySet<string> = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
  'NoSuchBucket',
  'NoSuchKey',
  'NoSuchUpload',
  'NotFound',
  'NotFoundException',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
])

/** What went wrong with a request of the SDK. */
export function awsFault(error: unknown): AwsFault {
  if (error instanceof AwsFault) return error
  const { status, requestId } = metadataOf(error)
  const at = {
    ...(status === undefined ? {} : { httpStatus: status }),
    ...(requestId === undefined ? {} : { requestId }),
  }
  const name = nameOf(error)
  // The SDK calls a connection that was cut a time-out too.
  if (['ECONNRESET', 'EPIPE'].includes(systemCode(error))) return new AwsFault('unreachable', systemCode(error))
  if (name === 'AbortError' || name === 'TimeoutError') return new AwsFault('timed-out', name, at)
  if (THROTTLED.has(name) || status === 429) return new AwsFault('throttled', name, at)
  if (NOT_AUTHORIZED.has(name)) return new AwsFault('not-authorized', name, at)
  if (UNAVAILABLE.has(name)) return new AwsFault('unavailable', name, at)
  if (MISSING.has(name)) return new AwsFault('missing', name, at)
  // Answers that could not be read (200 and half a body) say nothing of what was done.
  if (status !== undefined && (status >= 500 || status < 300)) return new AwsFault('unavailable', name, at)
  if (status === 401 || status === 403) return new AwsFault('not-authorized', name, at)
  if (status === 404) return new AwsFault('missing', name, at)
  if (status === undefined && systemCode(error) !== '') return new AwsFault('unreachable', systemCode(error))
  return new AwsFault('refused', name, at)
}

interface ServiceMetadata {
  readonly status: number | undefined
  readonly requestId: string | undefined
}

function metadataOf(error: unknown): ServiceMetadata {
  const metadata = fieldOf(error, '$metadata')
  const status = fieldOf(metadata, 'httpStatusCode') ?? fieldOf(fieldOf(error, '$response'), 'statusCode')
  const requestId = fieldOf(metadata, 'requestId')
  return {
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' && /^[\w+/=-]{1,80}$/.test(requestId) ? requestId : undefined,
  }
}

/** The error's name; never a text that may quote what was sent. */
function nameOf(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('Region is missing')) return 'Region is missing'
  const name = fieldOf(error, 'name')
  return typeof name === 'string' && /^[\w.:#-]{1,100}$/.test(name) ? name : 'UnknownError'
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
