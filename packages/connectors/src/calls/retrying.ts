import { ExponentialBackoff, handleWhen, retry, TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel'
import { MillraceConnectorError } from '../errors.ts'
import { LONGEST_MS, wholeNumber } from '../option-checks.ts'

/** How often and how long another system is asked. All times are ms. */
export interface RetryOptions {
  /** Tries in all, the first one too. From 1; default 5. */
  readonly attempts?: number
  /** The longest that one try may take. Default 10,000. */
  readonly timeoutMs?: number
  /** The longest that all tries may take, with the waits between them. Default 60,000. */
  readonly deadlineMs?: number
  /** About how long the first wait is; later ones double, each of them spread at random. Default 100. */
  readonly firstDelayMs?: number
  /** No wait is longer. Default 10,000. */
  readonly maxDelayMs?: number
}

export interface RetryBehaviour {
  /** What the call asks of whom, for errors: `GET /schemas/ids/7 of the schema registry`. No secret, no data. */
  readonly what: string
  /**
   * Whether trying again may help after what a try threw. Errors of this package are not asked about: they know it by
   * themselves (`retryable`), and so a try that took too long is made again.
   */
  isRetryable(error: unknown): boolean
  /** Before the wait: for a metric. `attempt` is the number of the try that failed, from 1. */
  onRetry?(retry: { readonly error: unknown; readonly attempt: number; readonly delayMs: number }): void
}

/** Makes a call until it succeeds. The signal that a call is given ends with its try, and is not aborted after success. */
export type Retrying = <R>(call: (signal: AbortSignal) => Promise<R>) => Promise<R>

const LIMITS = { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false }

/**
 * Tries a call to another system again, with waits that grow and are spread at random (decorrelated jitter, so that
 * many that failed together do not come back together), while the failure is one that passes.
 *
 * ```
 *   try ✗ ──wait ~100──► try ✗ ──wait ~200──► try ✓
 *   └ timeoutMs ┘        └ timeoutMs ┘
 *   └───────────────── deadlineMs ────────────────┘
 * ```
 *
 * It rejects with what the last try threw; with CONNECTOR_CALL_TIMED_OUT where that try, or all of them, took too long
 * (the cause is the failure before); and with the reason of `signal`, at once, where that is aborted. A call that does
 * not heed its signal is left behind: what it does later is not waited for.
 *
 * @throws CONNECTOR_OPTION_INVALID when a limit is out of range.
 */
export function retrying(behaviour: RetryBehaviour, signal: AbortSignal, options: RetryOptions = {}): Retrying {
  const attempts = wholeNumber('attempts', options.attempts ?? 5, 1, LONGEST_MS)
  const timeoutMs = wholeNumber('timeoutMs', options.timeoutMs ?? 10_000, 1, LONGEST_MS)
  const deadlineMs = wholeNumber('deadlineMs', options.deadlineMs ?? 60_000, 1, LONGEST_MS)
  const initialDelay = wholeNumber('firstDelayMs', options.firstDelayMs ?? 100, 1, LONGEST_MS)
  const maxDelay = wholeNumber('maxDelayMs', options.maxDelayMs ?? 10_000, 1, LONGEST_MS)
  if (attempts === 1) return onlyTry(behaviour, signal, Math.min(timeoutMs, deadlineMs))

  // An abort must end a wait at once, and cockatiel waits to the end: so the whole runs under the deadline's policy,
  // which does not wait. The timer left behind does not keep the process; the deadline's, while it runs, does.
  const oneTry = timeout(timeoutMs, LIMITS)
  const allTries = timeout(deadlineMs, LIMITS)

  return async (call) => {
    let lastFailure: unknown
    const tries = retry(
      handleWhen((error) => isRetryable(behaviour, error)),
      { maxAttempts: attempts - 1, backoff: new ExponentialBackoff({ initialDelay, maxDelay }) },
    ).dangerouslyUnref()
    tries.onRetry(({ attempt, delay, ...result }) => {
      if ('error' in result) behaviour.onRetry?.({ error: result.error, attempt, delayMs: delay })
    })
    try {
      return await allTries.execute(
        (whole) =>
          tries.execute(async () => {
            whole.signal.throwIfAborted()
            try {
              return await oneTry.execute((one) => call(one.signal), whole.signal)
            } catch (error) {
              const failure = error instanceof TaskCancelledError ? timedOut(behaviour, timeoutMs, lastFailure) : error
              lastFailure = failure
              throw failure
            }
          }, whole.signal),
        signal,
      )
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof TaskCancelledError ? timedOut(behaviour, deadlineMs, lastFailure) : error
    }
  }
}

/** A call that is made once needs no policies inside one another: small requests would feel what those leave to be collected. */
function onlyTry(behaviour: RetryBehaviour, signal: AbortSignal, ms: number): Retrying {
  const limited = timeout(ms, LIMITS)
  return async (call) => {
    signal.throwIfAborted()
    try {
      return await limited.execute((one) => call(one.signal), signal)
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof TaskCancelledError ? timedOut(behaviour, ms, undefined) : error
    }
  }
}

function isRetryable(behaviour: RetryBehaviour, error: unknown): boolean {
  return error instanceof MillraceConnectorError ? error.retryable : behaviour.isRetryable(error)
}

function timedOut(behaviour: RetryBehaviour, ms: number, cause: unknown): MillraceConnectorError {
  const what = `${behaviour.what} had no answer within ${ms} ms`
  return new MillraceConnectorError('CONNECTOR_CALL_TIMED_OUT', what, { cause })
}
