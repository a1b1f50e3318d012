import { MIN_WATERMARK, NO_TIMESTAMP } from '../elements/timestamp.ts'
import type { CounterGroup } from '../metrics/counter-group.ts'
import type { Counter } from '../metrics/operator-metrics.ts'
import type { HeapBackend } from '../state/backends/heap/heap-backend.ts'
import { valueState } from '../state/descriptors.ts'
import type { ValueState } from '../state/state.ts'
import { believedUpTo } from '../time/believed-up-to.ts'
import type { JobClock } from '../time/clock.ts'
import { LeastClock } from '../time/least-clock.ts'
import type { KeyClockSettings } from '../time/per-key-watermarks.ts'

const CLOCK = 'millrace.clock'
/** The processing-time timer by which a key falls idle. */
export const IDLE_TIMER = 'millrace.idle'
/** The event-time timer of an idle key that was ahead of the input: one ms after the watermark that it had. */
export const AHEAD_TIMER = 'millrace.ahead'

/**
 * The clocks of an operator's keys: a watermark for each key that is active.
 *
 * ```
 *   no clock ── its first record ──► active: its own watermark ── silent for idleAfter ──► no clock
 *      │                                │                                                   │
 *      starts at the first              │ its timers wait apart, and fire by its clock      follows the input's watermark:
 *      watermark while no key has       │                                                   its timers wait with those of all
 *      ever been idle, else at          │                                                   such keys, and fire by that
 *      the input's                      └ holds back what goes downstream
 * ```
 *
 * A key without a clock is either new or was idle, and cannot be told from one that was idle once nothing of it is left: so
 * once a key has followed the input's watermark, those without a clock begin there, and no window is ever made twice. One that
 * was ahead of the input when it fell idle stays where it was until the input has come to it, which a timer remembers.
 */
export class KeyClocks {
  /** The watermark of the key at hand. */
  current: number = MIN_WATERMARK
  /** The slot of a key whose own timers may be due, or -1: the host has stopped before it had fired them all. */
  pendingSlot = -1
  /** A key has followed the input's watermark. */
  #hasFollowers: boolean
  /** Whether the key at hand has a clock. */
  #isActive = false
  readonly #settings: KeyClockSettings
  readonly #backend: HeapBackend
  readonly #jobClock: JobClock
  readonly #future: Counter
  readonly #watermarks: ValueState<number>
  readonly #least = new LeastClock()

  constructor(
    settings: KeyClockSettings,
    backend: HeapBackend,
    jobClock: JobClock,
    counters: CounterGroup,
    hasFollowers: boolean,
  ) {
    this.#settings = settings
    this.#backend = backend
    this.#jobClock = jobClock
    this.#future = counters.counter('futureTimestamps')
    this.#hasFollowers = hasFollowers
    this.#watermarks = backend.value(CLOCK, valueState<number>())
    for (const slot of backend.liveSlots()) {
      backend.setCurrentSlot(slot)
      const watermark = this.#watermarks.get()
      if (watermark === undefined) continue
      backend.eventTimers.setApart(slot)
      this.#least.add(slot, watermark)
    }
  }

  get hasFollowers(): boolean {
    return this.#hasFollowers
  }

  /** The least watermark of active keys, infinity without one. */
  least(): number {
    return this.#least.least()
  }

  /** Before the current key's record, or a timer of it: says its watermark. */
  enter(inputWatermark: number): void {
    const own = this.#watermarks.get()
    this.#isActive = own !== undefined
    this.current = own ?? this.#withoutClock(inputWatermark)
  }

  #withoutClock(inputWatermark: number): number {
    if (!this.#hasFollowers) return MIN_WATERMARK
    const ahead = this.#backend.eventTimers.timeOf(AHEAD_TIMER)
    return ahead === undefined ? inputWatermark : Math.max(ahead - 1, inputWatermark)
  }

  /** After the current key's record: moves its clock. True where the least may have moved, or timers of the key be due. */
  leave(timestamp: number): boolean {
    if (timestamp === NO_TIMESTAMP || this.#isFuture(timestamp)) {
      if (timestamp !== NO_TIMESTAMP) this.#future.add(1)
      // No clock of its own begins with such a record.
      this.#hasFollowers ||= !this.#isActive
      return false
    }
    const backend = this.#backend
    const { outOfOrdernessMs, idleAfterMs } = this.#settings
    const reached = timestamp - outOfOrdernessMs - 1
    if (!this.#isActive) {
      this.#isActive = true
      this.#watermarks.set(this.current)
      backend.eventTimers.cancel(AHEAD_TIMER)
      backend.eventTimers.setApart(backend.currentSlot)
      this.#least.add(backend.currentSlot, this.current)
    }
    if (idleAfterMs !== undefined) {
      const now = this.#jobClock.now()
      if (now !== MIN_WATERMARK) backend.processingTimers.replace(IDLE_TIMER, now + idleAfterMs)
    }
    if (reached <= this.current) return false
    const slot = backend.currentSlot
    this.#watermarks.set(reached)
    const hasMoved = this.#least.raise(slot, reached)
    this.current = reached
    if (backend.eventTimers.nextDueOf(slot) > reached) return hasMoved
    this.pendingSlot = slot
    return true
  }

  /** The current key follows the input's watermark from now on, or from when that has come to where the key is. */
  fallIdle(inputWatermark: number): void {
    const own = this.#watermarks.get() as number
    this.#follow(this.#backend.currentSlot)
    if (own > inputWatermark) this.#backend.eventTimers.replace(AHEAD_TIMER, own + 1)
  }

  /** At the end of the input: so does one key after the other. False while some are left: it was told to pause. */
  followAll(shouldPause: () => boolean): boolean {
    for (let slot = this.#least.anySlot; slot !== undefined; slot = this.#least.anySlot) {
      if (shouldPause()) return false
      this.#backend.setCurrentSlot(slot)
      this.#backend.processingTimers.cancel(IDLE_TIMER)
      this.#follow(slot)
    }
    return true
  }

  #follow(slot: number): void {
    this.#hasFollowers = true
    this.#least.remove(slot)
    this.#backend.eventTimers.putBack(slot)
    this.#watermarks.clear()
  }

  #isFuture(timestamp: number): boolean {
    const { maxFutureMs } = this.#settings
    return maxFutureMs !== undefined && timestamp > believedUpTo(maxFutureMs, this.#jobClock.now())
  }
}
