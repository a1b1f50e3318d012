import { addDouble, type DoubleDouble, divideByDouble } from '../../collections/double-double.ts'

/**
 * A sum of doubles to about 106 bits over their whole range: what overflows on the way is carried, and infinities are
 * counted beside, so that the order of adding, merging and taking back does not show.
 */
export interface WideSum extends DoubleDouble {
  beyond: Beyond | undefined
}

interface Beyond {
  /** How many times 2^1024 was taken out of the sum. */
  carry: number
  positiveInfinities: number
  negativeInfinities: number
}

const QUARTER_CARRY = 2 ** 1022
const CARRY_AT_SMALLER_SCALE = 2 ** 896

export function addToSum(sum: WideSum, value: number): void {
  if (!addDouble(sum, value)) addBeyond(sum, value, 1)
}

/** Takes back what was added. What a much larger value has pushed out of the 106 bits does not come back. */
export function removeFromSum(sum: WideSum, value: number): void {
  if (!addDouble(sum, -value)) addBeyond(sum, -value, -1)
}

export function mergeSums(sum: WideSum, other: WideSum): void {
  addToSum(sum, other.high)
  addToSum(sum, other.low)
  if (other.beyond === undefined) return
  sum.beyond ??= nothingBeyond()
  sum.beyond.carry += other.beyond.carry
  sum.beyond.positiveInfinities += other.beyond.positiveInfinities
  sum.beyond.negativeInfinities += other.beyond.negativeInfinities
}

/** The sum divided by `divisor`, at most one unit in the last place away; infinities count as IEEE 754 adds them. */
export function sumOver(sum: WideSum, divisor: number): number {
  const { beyond } = sum
  if (beyond !== undefined) {
    if (beyond.positiveInfinities > 0) return beyond.negativeInfinities > 0 ? Number.NaN : Number.POSITIVE_INFINITY
    if (beyond.negativeInfinities > 0) return Number.NEGATIVE_INFINITY
  }
  const carry = beyond === undefined ? 0 : beyond.carry
  // Near the largest double it is divided at a smaller scale, where the way there does not overflow.
  const scale = carry !== 0 || Math.abs(sum.high) > 2 ** 900 ? 2 ** 128 : 1
  const quotient = { high: sum.high / scale, low: sum.low / scale }
  if (carry !== 0) addDouble(quotient, carry * CARRY_AT_SMALLER_SCALE)
  if (divisor !== 1) divideByDouble(quotient, divisor)
  return quotient.high * scale
}

/** `value` is an infinity, or the sum leaves the range of doubles. `times` is -1 when an infinity is taken back. */
function addBeyond(sum: WideSum, value: number, times: 1 | -1): void {
  sum.beyond ??= nothingBeyond()
  if (!Number.isFinite(value)) {
    if (value * times > 0) sum.beyond.positiveInfinities += times
    else sum.beyond.negativeInfinities += times
    return
  }
  const sign = Math.sign(value)
  const quarter = { high: sum.high / 4, low: sum.low / 4 }
  addDouble(quarter, value / 4)
  addDouble(quarter, -sign * QUARTER_CARRY)
  sum.beyond.carry += sign
  sum.high = quarter.high * 4
  sum.low = quarter.low * 4
}

function nothingBeyond(): Beyond {
  return { carry: 0, positiveInfinities: 0, negativeInfinities: 0 }
}
