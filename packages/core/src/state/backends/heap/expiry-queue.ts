import { BinaryHeap } from '../../../collections/binary-heap.ts'
import { NO_TIMESTAMP } from '../../../elements/timestamp.ts'
import { MillraceError } from '../../../errors.ts'
import type { StateClock } from '../../state-clock.ts'
import type { CheckedTtl } from '../../ttl.ts'

/** Into so many parts a TTL is cut: what has expired stays in memory for one of them at most, while records come. */
const PARTS = 16
/** How many slots an access looks at on the way, where some are due. */
const SLOTS_AN_ACCESS = 32

/**
 * Knows when the slots of one column have to be looked at for entries that have expired.
 *
 * ```
 *   stamp + after ─► bucket │ 0 │ 1 │ 2 │ … a sixteenth of `after` wide
 *                             ▲ due when the clock is past its end: its slots are swept, and scheduled anew for what is left
 * ```
 *
 * A slot stands in one bucket, that of its oldest entry when it was scheduled; entries that were refreshed since are found
 * alive and put off. So a write costs a look at one number, and a slot is looked at some sixteen times in `after` at most,
 * however often it is written. Nothing that can be read depends on when that is: expired entries are not returned anyway.
 */
export class ExpiryQueue {
  readonly afterMs: number
  readonly refreshesOnRead: boolean
  readonly #state: string
  readonly #isEventTime: boolean
  readonly #clock: StateClock
  /** Drops what has expired in a slot; the stamp of the oldest entry left, or undefined. */
  readonly #sweepSlot: (slot: number, now: number) => number | undefined
  readonly #width: number
  readonly #buckets = new Map<number, number[]>()
  readonly #order = new BinaryHeap<number>((a, b) => a - b)
  /** By slot, the bucket in which it stands. */
  readonly #bucketOf: (number | undefined)[] = []
  /** Slots of buckets that are due. */
  #due: { readonly bucket: number; readonly slots: number[] } | undefined
  #dueAt = Number.POSITIVE_INFINITY

  constructor(
    state: string,
    ttl: CheckedTtl,
    clock: StateClock,
    sweepSlot: (slot: number, now: number) => number | undefined,
  ) {
    this.#state = state
    this.afterMs = ttl.afterMs
    this.refreshesOnRead = ttl.refreshesOnRead
    this.#isEventTime = ttl.domain === 'event-time'
    this.#clock = clock
    this.#sweepSlot = sweepSlot
    this.#width = Math.max(1, Math.ceil(ttl.afterMs / PARTS))
  }

  /** The time of the key at hand. */
  now(): number {
    // A key on its own time may come back behind what has passed for all: what may be swept is not to be seen.
    return this.#isEventTime ? Math.max(this.#clock.eventTime, this.#clock.leastEventTime) : this.#clock.now()
  }

  /** `now`, after a look at what is due. Asked by each access before it reads or writes. */
  tick(): number {
    const passed = this.#passed()
    if (passed >= this.#dueAt) this.#sweep(passed, SLOTS_AN_ACCESS)
    return this.now()
  }

  /**
   * What is written at this moment is stamped with.
   *
   * @throws CORE_TIMESTAMP_MISSING where that is no time: a record without a timestamp, a clock that has not started.
   */
  stamp(): number {
    const stamp = this.#isEventTime ? this.#clock.timestamp : this.#clock.now()
    if (stamp !== NO_TIMESTAMP) return stamp
    throw new MillraceError(
      'CORE_TIMESTAMP_MISSING',
      `state '${this.#state}' has a TTL in ${this.#isEventTime ? 'event time, and was written for a record without a timestamp' : "processing time, and was written where the job's clock has no time: in a replay of records without timestamps"}`,
    )
  }

  /** False for what was written less than `after` ago. */
  hasExpired(stamp: number, now: number): boolean {
    return now - stamp >= this.afterMs
  }

  /** The slot has an entry of this age: has it looked at when that may have expired. */
  schedule(slot: number, stamp: number): void {
    const bucket = Math.floor((stamp + this.afterMs) / this.#width)
    const scheduled = this.#bucketOf[slot]
    if (scheduled !== undefined && scheduled <= bucket) return
    this.#bucketOf[slot] = bucket
    const slots = this.#buckets.get(bucket)
    if (slots !== undefined) {
      slots.push(slot)
      return
    }
    this.#buckets.set(bucket, [slot])
    this.#order.push(bucket)
    this.#dueAt = Math.min(this.#dueAt, this.#endOf(bucket))
  }

  /** Looks at every slot that is due. */
  sweep(): void {
    this.#sweep(this.#passed(), Number.POSITIVE_INFINITY)
  }

  /** The time that has passed for every key. */
  #passed(): number {
    return this.#isEventTime ? this.#clock.leastEventTime : this.#clock.now()
  }

  #sweep(now: number, limit: number): void {
    for (let looked = 0; looked < limit; looked++) {
      const slot = this.#nextDue(now)
      if (slot === undefined) return
      const oldest = this.#sweepSlot(slot, now)
      if (oldest !== undefined) this.schedule(slot, oldest)
    }
  }

  /** Takes out the next slot that stands in a bucket whose end has passed. */
  #nextDue(now: number): number | undefined {
    for (;;) {
      this.#due ??= this.#takeBucket(now)
      if (this.#due === undefined) return undefined
      const { bucket, slots } = this.#due
      const slot = slots.pop()
      if (slot === undefined) {
        this.#due = undefined
        continue
      }
      // It may have been scheduled for an earlier bucket since, and looked at there.
      if (this.#bucketOf[slot] !== bucket) continue
      this.#bucketOf[slot] = undefined
      return slot
    }
  }

  #takeBucket(now: number): { bucket: number; slots: number[] } | undefined {
    const bucket = this.#order.peek()
    if (bucket === undefined || this.#endOf(bucket) > now) {
      this.#dueAt = bucket === undefined ? Number.POSITIVE_INFINITY : this.#endOf(bucket)
      return undefined
    }
    this.#order.pop()
    const slots = this.#buckets.get(bucket) ?? []
    this.#buckets.delete(bucket)
    return { bucket, slots }
  }

  /** When everything in the bucket may have expired. */
  #endOf(bucket: number): number {
    return (bucket + 1) * this.#width
  }
}
