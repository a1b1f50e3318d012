import type { MissingPolicy, ZerosPolicy } from '../schema/rule-data.ts'
import { HELD, HELD_NONZERO, TIME, VALUE } from './layout.ts'

/** How a rule looks at a signal. */
export interface SignalReading {
  /** The signal's offset in a patient's vitals. */
  readonly offset: number
  readonly zeros: ZerosPolicy
  readonly missing: MissingPolicy
  readonly validForMs: number
  /** It is worked out from a signal: then it may be unknown where the signal has a value, see `UNDEFINED`. */
  readonly isDerived?: boolean
}

/**
 * Stands for the value of a channel that is worked out, where there are too few readings for it. It is unknown, and no blank: with
 * `hold` an earlier value does not go on over it. No value is infinite.
 */
export const UNDEFINED: number = Infinity

/** Where in the vitals the value in force stands (its time is beside it), or -1 where the signal is unknown. */
export type Locate = (vitals: Float64Array, at: number) => number

/**
 * Finds the value of a signal that is in force at a moment. It holds on `[its time, its time + validFor]`.
 *
 * ```
 *   readings        97 ───── blank ───────────── 96 ─────────────
 *   break           97 97 97 ?  ?  ?  ?  ?  ?  ? 96 96 96 96 ?  ?
 *   hold            97 97 97 97 97 97 97 ?  ?  ? 96 96 96 96 ?  ?
 *                   '-- validFor -------'        '-- validFor
 * ```
 */
export function locateSignal(reading: SignalReading): Locate {
  const { offset, zeros, missing, validForMs } = reading
  if (reading.isDerived) {
    const located = locateSignal({ ...reading, isDerived: false })
    return (vitals, at) => {
      const found = located(vitals, at)
      return found === -1 || vitals[found] === UNDEFINED ? -1 : found
    }
  }
  const [time, value] = [offset + TIME, offset + VALUE]
  if (missing !== 'hold' && zeros === 'value') {
    return (vitals, at) => {
      const last = vitals[value] as number
      return !Number.isNaN(last) && at - (vitals[time] as number) <= validForMs ? value : -1
    }
  }
  if (missing !== 'hold') {
    return (vitals, at) => {
      const last = vitals[value] as number
      return !Number.isNaN(last) && last !== 0 && at - (vitals[time] as number) <= validForMs ? value : -1
    }
  }
  const zeroIsBlank = zeros === 'no-signal'
  const held = offset + (zeroIsBlank ? HELD_NONZERO : HELD)
  return (vitals, at) => {
    const last = vitals[value] as number
    if (!Number.isNaN(last) && !(zeroIsBlank && last === 0))
      return at - (vitals[time] as number) <= validForMs ? value : -1
    const before = vitals[held] as number
    return !Number.isNaN(before) && at - (vitals[held + 1] as number) <= validForMs ? held : -1
  }
}

/** The time of the annotation that `locate` found. */
export function timeOfLocated(vitals: Float64Array, located: number, offset: number): number {
  return vitals[located === offset + VALUE ? offset + TIME : located + 1] as number
}
