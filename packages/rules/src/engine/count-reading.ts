import type { WindowLayout } from '../compile/layout.ts'
import { ANY, CROSSED, NONE, type Touched } from './apply-reading.ts'
import type { IndexedCount } from './rule-index.ts'

/** A value that comes among the last ones of its signal. */
export interface CountedReading {
  /** The signal's value before. */
  readonly last: number
  readonly value: number
  /** The value takes the place of the last one. */
  readonly isReplacing: boolean
  /** Whether it can matter to any rule, see `touchOf`. */
  readonly isAny: boolean
}

/** Puts a value among the last ones of its signal, and notes to which of the rules that count them that can matter. */
export function countReading(
  reading: CountedReading,
  windows: readonly WindowLayout[],
  counts: readonly IndexedCount[],
  vitals: Float64Array,
  touched: Touched,
): void {
  for (const count of counts) {
    const leaving = reading.isAny ? undefined : leavingValue(reading, count, vitals)
    if (leaving === undefined) touched.set(count.slot, ANY, Number.NaN, Number.NaN)
    else touched.set(count.slot, leaving === reading.value ? NONE : CROSSED, leaving, reading.value)
  }
  for (const window of windows) pushValue(vitals, window, reading)
  for (const count of counts) if (touched.of(count.slot) === ANY) noteCounted(count, vitals, touched)
}

/**
 * The value that leaves the last ones when this one comes among them: of those that are counted, it alone is another then. `undefined` where
 * there are not as many yet, or where one leaves and none comes.
 */
function leavingValue(
  { last, value, isReplacing }: CountedReading,
  { window, of }: IndexedCount,
  vitals: Float64Array,
): number | undefined {
  const { offset, zeros } = window
  const leaves = isReplacing && isCounted(last, zeros)
  if (!isCounted(value, zeros)) return leaves ? undefined : value
  if (leaves) return last
  const length = vitals[offset] as number
  return length < of ? undefined : (vitals[offset + length - of + 1] as number)
}

function pushValue(
  vitals: Float64Array,
  { offset, capacity, zeros }: WindowLayout,
  { last, value, isReplacing }: CountedReading,
): void {
  let length = vitals[offset] as number
  if (isReplacing && isCounted(last, zeros)) length--
  if (isCounted(value, zeros)) {
    if (length === capacity)
      for (let at = offset + 1; at < offset + capacity; at++) vitals[at] = vitals[at + 1] as number
    else length++
    vitals[offset + length] = value
  }
  vitals[offset] = length
}

/** Notes the least and the greatest of the values that are counted. */
function noteCounted({ slot, window, of }: IndexedCount, vitals: Float64Array, touched: Touched): void {
  const { offset } = window
  const newest = offset + (vitals[offset] as number)
  let least = Infinity
  let greatest = -Infinity
  for (let at = Math.max(offset + 1, newest - of + 1); at <= newest; at++) {
    const value = vitals[at] as number
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  touched.set(slot, ANY, least, greatest)
}

function isCounted(value: number, zeros: WindowLayout['zeros']): boolean {
  return !Number.isNaN(value) && !(value === 0 && zeros === 'no-signal')
}
