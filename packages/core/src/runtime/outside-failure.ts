import { MillraceError } from '../errors.ts'

/**
 * The error for what a source or a sink threw. Where that is an error of a package of ours, or says in their manner what it knows
 * (`code`, `retryable`), its message is told, and it decides whether going on from the last checkpoint may help; of any other
 * the message may hold data, and stands in the cause alone.
 */
export function outsideFailure(
  code: 'CORE_SOURCE_FAILED' | 'CORE_SINK_FAILED',
  what: string,
  cause: unknown,
): MillraceError {
  if (cause instanceof MillraceError) return cause
  if (!isOurs(cause)) return new MillraceError(code, what, { cause })
  return new MillraceError(code, `${what}: ${cause.message}`, { cause, retryable: cause.retryable })
}

function isOurs(cause: unknown): cause is Error & { readonly retryable: boolean } {
  return (
    cause instanceof Error &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    'retryable' in cause &&
    typeof cause.retryable === 'boolean'
  )
}
