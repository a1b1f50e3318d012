import { HELD, HELD_NONZERO, HELD_NONZERO_TIME, HELD_TIME, TIME, VALUE } from '../compile/layout.ts'
import type { IndexedChannel } from './rule-index.ts'

/** Which rules of a slot can come out differently after an annotation: none, those that stand at an edge in a stretch, or any. */
export const NONE = 0
export const CROSSED = 1
export const ANY = 2
export type Touch = typeof NONE | typeof CROSSED | typeof ANY

/**
 * The annotations of the reading at hand, and what each can matter to, by slot; written anew for each reading. Numbers stand in arrays and are
 * read from there: handed over from call to call, each would be an object of its own (`--case 1,000-rules`).
 */
export class Annotations {
  readonly #touch: Touch[]
  readonly #low: Float64Array
  readonly #high: Float64Array
  /** By slot: the value that is annotated, NaN being a blank. */
  readonly values: Float64Array
  /** The reading's time. */
  time: number = Number.NaN
  /** Whether an annotation may be passed over that can matter to no rule. */
  mayPass = false

  constructor(slots: number) {
    this.#touch = new Array<Touch>(slots).fill(NONE)
    this.#low = new Float64Array(slots)
    this.#high = new Float64Array(slots)
    this.values = new Float64Array(slots)
  }

  of(slot: number): Touch {
    return this.#touch[slot] as Touch
  }

  /** The stretch of values, both ends included: where `CROSSED`, between the last value and this one; of a count where `ANY`, of those counted. */
  low(slot: number): number {
    return this.#low[slot] as number
  }

  high(slot: number): number {
    return this.#high[slot] as number
  }

  /** Notes a touch that is of no stretch. */
  touch(slot: number, touch: Touch): void {
    this.#touch[slot] = touch
    this.#low[slot] = Number.NaN
    this.#high[slot] = Number.NaN
  }

  /** Notes that a slot goes from the number at a place to the value of a channel. */
  move(slot: number, vitals: Float64Array, place: number, channel: IndexedChannel): void {
    const one = vitals[place] as number
    const other = this.values[channel.slot] as number
    this.#touch[slot] = one === other ? NONE : CROSSED
    this.#low[slot] = one < other ? one : other
    this.#high[slot] = one < other ? other : one
  }

  /** Notes what was worked out before the reading and with it; NaN where that is unknown. */
  workedOut(slot: number, before: number, after: number): void {
    const isKnown = !Number.isNaN(before) && !Number.isNaN(after)
    const from = isKnown ? before : after
    this.#touch[slot] = isKnown ? (before === after ? NONE : CROSSED) : ANY
    this.#low[slot] = from < after ? from : after
    this.#high[slot] = from < after ? after : from
  }

  /** Notes that every rule that stands at an edge of a slot is to be looked at. */
  anywhere(slot: number): void {
    this.#touch[slot] = CROSSED
    this.#low[slot] = -Infinity
    this.#high[slot] = Infinity
  }

  /** Notes that any rule of a slot may come out differently, whose numbers stand from `from` to `to`, both included. */
  stretch(slot: number, vitals: Float64Array, from: number, to: number): void {
    let least = Infinity
    let greatest = -Infinity
    for (let at = from; at <= to; at++) {
      const value = vitals[at] as number
      if (value < least) least = value
      if (value > greatest) greatest = value
    }
    this.#touch[slot] = ANY
    this.#low[slot] = least
    this.#high[slot] = greatest
  }

  /**
   * What the annotation of a channel can matter to: any rule, if the last value was no longer in force; else those that stand at the edges
   * between the last value and this one.
   */
  touchOf({ slot, offset, validForMs }: IndexedChannel, vitals: Float64Array): Touch {
    if (!this.mayPass) return ANY
    const value = this.values[slot] as number
    const last = vitals[offset + VALUE] as number
    if (Object.is(value, last) && !Number.isFinite(value)) return NONE
    if (!Number.isFinite(last) || !Number.isFinite(value)) return ANY
    if (this.time - (vitals[offset + TIME] as number) > validForMs) return ANY
    return value === last ? NONE : CROSSED
  }

  /** Writes the annotation of a channel, and notes what it can matter to. One of the same time takes the place of the last. */
  write(channel: IndexedChannel, vitals: Float64Array, holds: boolean): void {
    const { slot, offset } = channel
    const touch = this.touchOf(channel, vitals)
    const value = this.values[slot] as number
    const last = touch === ANY ? value : (vitals[offset + VALUE] as number)
    this.#touch[slot] = touch
    this.#low[slot] = last < value ? last : value
    this.#high[slot] = last < value ? value : last
    if (holds && this.time > (vitals[offset + TIME] as number)) hold(vitals, offset)
    vitals[offset + TIME] = this.time
    vitals[offset + VALUE] = value
  }
}

/** Keeps the value before, for rules that hold it over a blank. */
function hold(vitals: Float64Array, offset: number): void {
  const value = vitals[offset + VALUE] as number
  if (Number.isNaN(value)) return
  const time = vitals[offset + TIME] as number
  vitals[offset + HELD] = value
  vitals[offset + HELD_TIME] = time
  if (value === 0) return
  vitals[offset + HELD_NONZERO] = value
  vitals[offset + HELD_NONZERO_TIME] = time
}
