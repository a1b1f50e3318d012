import { MAX_WATERMARK } from '../../elements/timestamp.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { Pane } from '../../state/keyed-state-backend.ts'
import type { OperatorContext } from '../operator.ts'

/** What waits for one key. */
interface Held<T> {
  hasValue: boolean
  value: T | undefined
  timestamp: number
  /** When it goes out, by the job's clock. */
  due: number
}

/**
 * The newest record of each key, until a time of the job's clock: what debouncing, sampling and throttling keep. A key has one
 * record, and nothing once that is gone. The timers are the operator's.
 *
 * A record goes out with its own timestamp. One that another takes the place of is counted (`suppressed`).
 */
export class HeldRecords<T> {
  readonly #context: OperatorContext<T>
  readonly #suppressed: Counter
  readonly #held: Pane<Held<T>>

  constructor(context: OperatorContext<T>) {
    this.#context = context
    this.#suppressed = context.metrics.counter('suppressed')
    this.#held = context.state.panes<Held<T>>('held').getOrCreate(0)
  }

  /** True while the current key waits for its time, with or without a record. */
  get isWaiting(): boolean {
    const slot = this.#context.state.currentSlot
    return slot >= 0 && this.#held.accumulators[slot] !== undefined
  }

  /** Keeps the current key's record in place of the one before, until `due`. */
  hold(value: T, timestamp: number, due: number): void {
    const held = this.#cell(due)
    if (held.hasValue) this.#suppressed.add(1)
    held.hasValue = true
    held.value = value
    held.timestamp = timestamp
  }

  /** The same, until the time for which the key waits already. */
  replace(value: T, timestamp: number): void {
    const held = this.#held.accumulators[this.#context.state.currentSlot] as Held<T>
    this.hold(value, timestamp, held.due)
  }

  /** The current key waits until `due` without a record. */
  wait(due: number): void {
    this.#cell(due)
  }

  /** A record that is not kept at all. */
  suppress(): void {
    this.#suppressed.add(1)
  }

  /** How many keys wait. */
  get size(): number {
    return this.#held.size
  }

  /** The current key's time has come: its record goes out, and nothing of it is left. False where it had none. */
  release(): boolean {
    const { state, output } = this.#context
    const slot = state.currentSlot
    const held = this.#held.accumulators[slot] as Held<T>
    this.#held.delete(slot)
    if (held.hasValue) output.emit(held.value as T, held.timestamp)
    return held.hasValue
  }

  /**
   * What is due at `time` goes out, in the order of the keys; stops early where the task should get its turn. Returns when the first
   * of those that are left is due, and makes its key the current one; nothing where none is left.
   */
  releaseDue(time: number): number | undefined {
    const { state } = this.#context
    let next: number | undefined
    let nextDue = Number.POSITIVE_INFINITY
    let released = 0
    for (const slot of this.#held.slotsByKey()) {
      const { due } = this.#held.accumulators[slot] as Held<T>
      // After one that is due and stays, none goes: their order is that of the keys.
      if (due <= time && nextDue > time && (released === 0 || !this.#context.shouldPause())) {
        state.setCurrentSlot(slot)
        this.release()
        released += 1
      } else if (due < nextDue) {
        next = slot
        nextDue = due
      }
    }
    if (next === undefined) return undefined
    state.setCurrentSlot(next)
    return nextDue
  }

  /**
   * For `Operator.advanceWatermark`: before the last watermark goes on, everything held goes out, in the order in which it would
   * have been due, then by key.
   */
  advanceWatermark(watermark: number): number {
    if (watermark !== MAX_WATERMARK) return watermark
    const { state, timers } = this.#context
    const dueOf = (slot: number): number => (this.#held.accumulators[slot] as Held<T>).due
    for (const slot of this.#held.slotsByKey().toSorted((a, b) => dueOf(a) - dueOf(b))) {
      state.setCurrentSlot(slot)
      timers.processingTime.cancel('')
      this.release()
      // Nothing of it is due in event time: no watermark to speak of is reached before the last.
      if (this.#context.shouldPause()) return Number.NEGATIVE_INFINITY
    }
    return watermark
  }

  #cell(due: number): Held<T> {
    const slot = this.#context.state.ensureSlot()
    let held = this.#held.accumulators[slot]
    if (held === undefined) {
      held = { hasValue: false, value: undefined, timestamp: 0, due }
      this.#held.set(slot, held)
    } else {
      held.due = due
      this.#held.mark(slot)
    }
    return held
  }
}
