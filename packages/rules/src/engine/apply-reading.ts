import { HELD, HELD_NONZERO, HELD_NONZERO_TIME, HELD_TIME, TIME, VALUE } from '../compile/layout.ts'
import type { IndexedChannel } from './rule-index.ts'

/** Which rules of a slot can come out differently after an annotation: none, those that stand at an edge in a stretch, or any. */
export const NONE = 0
export const CROSSED = 1
export const ANY = 2
export type Touch = typeof NONE | typeof CROSSED | typeof ANY

/** What each slot's annotation can matter to. It is written anew for each reading. */
export class Touched {
  readonly #touch: Touch[]
  readonly #low: Float64Array
  readonly #high: Float64Array

  constructor(slots: number) {
    this.#touch = new Array<Touch>(slots).fill(NONE)
    this.#low = new Float64Array(slots)
    this.#high = new Float64Array(slots)
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

  set(slot: number, touch: Touch, one: number, other: number): void {
    this.#touch[slot] = touch
    this.#low[slot] = one < other ? one : other
    this.#high[slot] = one < other ? other : one
  }
}

/**
 * What an annotation of a channel can matter to: any rule, if the last value was no longer in force; else those that stand at the edges
 * between the last value and this one.
 */
export function touchOf(
  { offset, validForMs }: IndexedChannel,
  vitals: Float64Array,
  time: number,
  value: number,
): Touch {
  const last = vitals[offset + VALUE] as number
  if (Object.is(value, last) && !Number.isFinite(value)) return NONE
  if (!Number.isFinite(last) || !Number.isFinite(value)) return ANY
  if (time - (vitals[offset + TIME] as number) > validForMs) return ANY
  return value === last ? NONE : CROSSED
}

/** Writes an annotation, NaN being a blank. One of the same time takes the place of the last. */
export function annotate(vitals: Float64Array, offset: number, holds: boolean, time: number, value: number): void {
  if (holds && time > (vitals[offset + TIME] as number)) hold(vitals, offset)
  vitals[offset + TIME] = time
  vitals[offset + VALUE] = value
}

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
