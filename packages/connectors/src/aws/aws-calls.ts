import type { OperatorMetrics } from '@millrace/core/connector'
import { type CircuitBreaker, circuitBreaker } from '../calls/circuit-breaker.ts'
import { type Retrying, retrying } from '../calls/retrying.ts'
import { MillraceConnectorError } from '../errors.ts'
import { awsError } from './aws-error.ts'
import { AwsFault, awsFault } from './aws-fault.ts'

/** Between tries. */
const PAUSES = { firstDelayMs: 50, maxDelayMs: 5_000 }
/** Requests in a row that were not answered, after which one at a time is tried. */
const BREAKER = { opensAfter: 5, halfOpenAfterMs: 1_000 }

export interface AwsCallsParts {
  /** Who calls, for errors: `sink 'page'`. */
  readonly what: string
  readonly connection: { readonly requestTimeoutMs: number; readonly retryForMs: number }
  /** Ends every call at once. */
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
}

/** One request of the SDK: `(options) => client.send(new PutRecordsCommand(input), options)`. */
export type AwsRequest<R> = (options: { readonly abortSignal: AbortSignal }) => Promise<R>

/**
 * The requests of one source or sink: each with a time-out, all behind one circuit breaker, tried again where that may help.
 *
 * Metrics: counters `retries`, `throttled`; gauges `inFlight` (requests), `circuitOpen` (1 while the service is taken to be down);
 * histogram `requestMs`.
 */
export class AwsCalls {
  readonly #parts: AwsCallsParts
  readonly #breaker: CircuitBreaker
  #inFlight = 0

  constructor(parts: AwsCallsParts) {
    this.#parts = parts
    this.#breaker = circuitBreaker(
      {
        what: `the service of ${parts.what}`,
        isFailure: isDown,
        onState: (state) => parts.metrics?.gauge('circuitOpen').set(state === 'open' ? 1 : 0),
      },
      BREAKER,
    )
  }

  /**
   * Tries until it goes well, the fault is one that does not pass, or `retryForMs` are over. `operation` is the service's name of it.
   *
   * @throws AWS_UNREACHABLE, AWS_THROTTLED, AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED,
   * CONNECTOR_CALL_TIMED_OUT; the signal's reason when it is aborted.
   */
  async call<R>(operation: string, request: AwsRequest<R>): Promise<R> {
    const what = `${operation} of ${this.#parts.what}`
    let last: unknown
    const tries = this.#retrying(what, MOST_TRIES)
    try {
      return await tries(async (abortSignal) => {
        try {
          return await this.#request({ abortSignal }, request)
        } catch (fault) {
          // That the circuit is open says less than what opened it.
          if (last === undefined || fault instanceof AwsFault) last = fault
          throw fault
        }
      })
    } catch (error) {
      this.#parts.signal.throwIfAborted()
      throw awsError(what, isOutOfTime(error) ? (last ?? error) : error)
    }
  }

  /**
   * One try, for a caller that tries again by its own rules.
   *
   * @throws AwsFault; CONNECTOR_CIRCUIT_OPEN, CONNECTOR_CALL_TIMED_OUT, which say `retryable` as it does; the signal's reason.
   */
  async once<R>(operation: string, request: AwsRequest<R>): Promise<R> {
    const tries = this.#retrying(`${operation} of ${this.#parts.what}`, 1)
    return tries((abortSignal) => this.#request({ abortSignal }, request))
  }

  #retrying(what: string, attempts: number): Retrying {
    const { connection, signal, metrics } = this.#parts
    const { requestTimeoutMs, retryForMs } = connection
    const deadlineMs = attempts === 1 ? requestTimeoutMs : Math.max(1, retryForMs)
    return retrying(
      {
        what,
        isRetryable: (error) => error instanceof AwsFault && error.retryable,
        onRetry: () => metrics?.counter('retries').add(1),
      },
      signal,
      { attempts, timeoutMs: requestTimeoutMs, deadlineMs, ...PAUSES },
    )
  }

  async #request<R>(options: { readonly abortSignal: AbortSignal }, request: AwsRequest<R>): Promise<R> {
    const { metrics } = this.#parts
    const begun = performance.now()
    return this.#breaker.run(async () => {
      this.#count(1)
      try {
        return await request(options)
      } catch (error) {
        const fault = awsFault(error)
        if (fault.kind === 'throttled') metrics?.counter('throttled').add(1)
        throw fault
      } finally {
        this.#count(-1)
        metrics?.histogram('requestMs').record(performance.now() - begun)
      }
    })
  }

  #count(change: number): void {
    this.#inFlight += change
    this.#parts.metrics?.gauge('inFlight').set(this.#inFlight)
  }
}

const MOST_TRIES = 1_000_000

/** A service that throttles us, or that has another's request in hand, is not down. */
function isDown(error: unknown): boolean {
  if (!(error instanceof AwsFault)) return false
  if (error.kind === 'unreachable' || error.kind === 'timed-out') return true
  return error.kind === 'unavailable' && (error.httpStatus ?? 500) >= 500
}

function isOutOfTime(error: unknown): boolean {
  return (
    error instanceof MillraceConnectorError &&
    ['CONNECTOR_CALL_TIMED_OUT', 'CONNECTOR_CIRCUIT_OPEN'].includes(error.code)
  )
}
