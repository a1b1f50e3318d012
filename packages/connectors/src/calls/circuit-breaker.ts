import {
  BrokenCircuitError,
  CircuitState as CockatielState,
  ConsecutiveBreaker,
  circuitBreaker as cockatielBreaker,
  handleWhen,
} from 'cockatiel'
import { MillraceConnectorError } from '../errors.ts'
import { LONGEST_MS, wholeNumber } from '../option-checks.ts'

export type CircuitState = 'closed' | 'open' | 'half-open'

export interface CircuitBreakerOptions {
  /** Failures in a row that open it. From 1; default 5. */
  readonly opensAfter?: number
  /** How long it refuses calls, in ms, before it lets one through. Default 10,000. */
  readonly halfOpenAfterMs?: number
}

export interface CircuitBehaviour {
  /** The system that is called, for errors: `the brokers of sink alarms`. No secret, no data. */
  readonly what: string
  /** Whether an error says that the system is down; what it refuses for our mistake is none. */
  isFailure(error: unknown): boolean
  /** At each change, at once: for a metric. */
  onState?(state: CircuitState): void
}

export interface CircuitBreaker {
  readonly state: CircuitState
  /**
   * Makes the call, or refuses it while the circuit is open.
   *
   * @throws CONNECTOR_CIRCUIT_OPEN when it is refused; else what the call throws.
   */
  run<R>(call: () => Promise<R>): Promise<R>
}

/**
 * Spares a system that is down, and those who call it, calls that would fail.
 *
 * ```
 *   closed ── opensAfter failures in a row ──► open ── halfOpenAfterMs ──► half-open
 *     ▲                                         ▲                            │ one call goes through,
 *     └───────────────── it succeeds ───────────┼────────────────────────────┤ others wait for it
 *                                               └───────── it fails ─────────┘
 * ```
 *
 * Within `retrying` each try counts, and a refusal is tried again later like a failure.
 *
 * @throws CONNECTOR_OPTION_INVALID when a limit is out of range.
 */
export function circuitBreaker(behaviour: CircuitBehaviour, options: CircuitBreakerOptions = {}): CircuitBreaker {
  const opensAfter = wholeNumber('opensAfter', options.opensAfter ?? 5, 1, LONGEST_MS)
  const halfOpenAfter = wholeNumber('halfOpenAfterMs', options.halfOpenAfterMs ?? 10_000, 1, LONGEST_MS)
  const policy = cockatielBreaker(
    handleWhen((error) => behaviour.isFailure(error)),
    { halfOpenAfter, breaker: new ConsecutiveBreaker(opensAfter) },
  )
  policy.onStateChange((state) => behaviour.onState?.(nameOf(state)))
  return {
    get state() {
      return nameOf(policy.state)
    },
    run: async (call) => {
      try {
        return await policy.execute(call)
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error
        const what = `${behaviour.what} failed ${opensAfter} times in a row and is not called for now`
        throw new MillraceConnectorError('CONNECTOR_CIRCUIT_OPEN', what, { cause: causeOf(policy.lastFailure) })
      }
    },
  }
}

function nameOf(state: CockatielState): CircuitState {
  if (state === CockatielState.Closed) return 'closed'
  return state === CockatielState.HalfOpen ? 'half-open' : 'open'
}

function causeOf(failure: object | undefined): unknown {
  return failure !== undefined && 'error' in failure ? failure.error : undefined
}
