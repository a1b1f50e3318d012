import type { Pane } from '../../state/keyed-state-backend.ts'
import type { Duration } from '../../time/duration.ts'
import type { OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { windowSize } from '../windows/assigners/window-size.ts'

const TIMER = 'idle'

/**
 * Says which keys have been silent for so long, in event time, that they are to be forgotten: for steps that take records as they
 * arrive. A key is alive until the watermark is `idleAfterMs` beyond its newest record. A record that is that much behind the
 * watermark does not bring a key to life; to one that is alive it belongs, and makes it no older.
 *
 * State: the newest timestamp of each key that is alive, and a timer.
 */
export class IdleKeys {
  readonly #idleAfterMs: number
  readonly #context: OperatorContext<never>
  readonly #newest: Pane<number>

  constructor(context: OperatorContext<never>, idleAfterMs: number) {
    this.#idleAfterMs = idleAfterMs
    this.#context = context
    this.#newest = context.state.panes<number>('newest').getOrCreate(0)
  }

  /**
   * A record of the current key has come. True where the step is to keep what it makes of it; else the key is not alive
   * and has no state.
   */
  isAlive(timestamp: number): boolean {
    const { state, timers } = this.#context
    const newest = state.currentSlot < 0 ? undefined : this.#newest.accumulators[state.currentSlot]
    if (newest === undefined) {
      if (checkTimestamp(timestamp) + this.#idleAfterMs <= this.#context.currentWatermark()) return false
    } else if (checkTimestamp(timestamp) <= newest) return true
    this.#newest.set(state.ensureSlot(), timestamp)
    timers.eventTime.replace(TIMER, timestamp + this.#idleAfterMs)
    return true
  }

  /** The timer of the current key has fired: the step forgets it too. */
  forget(): void {
    this.#newest.delete(this.#context.state.currentSlot)
  }
}

/** Infinite for none. @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID */
export function idleAfterMsOf(idleAfter: Duration | undefined, what: string): number {
  return idleAfter === undefined ? Number.POSITIVE_INFINITY : windowSize(idleAfter, `${what}'s idleAfter`)
}

/** Where keys are forgotten. */
export function idleKeys(context: OperatorContext<never>, idleAfterMs: number): IdleKeys | undefined {
  return idleAfterMs === Number.POSITIVE_INFINITY ? undefined : new IdleKeys(context, idleAfterMs)
}
