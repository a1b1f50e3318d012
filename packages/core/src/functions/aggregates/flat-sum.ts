import { sumOver, type WideSum } from './wide-sum.ts'

/** Cells of a sum: high, low, and how many times 2^1024 was taken out. */
export const SUM_CELLS = 3

const QUARTER_CARRY = 2 ** 1022

// Scratch for one call at a time.
const scratch: WideSum = { high: 0, low: 0, beyond: undefined }

/**
 * The same sum as `addToSum`, in cells. Nothing is taken back from cells, so infinities need no count: the high cell becomes
 * infinite, or NaN where there were both.
 */
export function addToCells(cells: Float64Array, at: number, value: number): void {
  const before = cells[at] as number
  const high = before + value
  const shift = high - before
  const low = (cells[at + 1] as number) + (before - (high - shift) + (value - shift))
  const newHigh = high + low
  const newLow = low - (newHigh - high)
  // As in `addDouble`: false for anything that is not finite.
  if (newLow - newLow === 0) {
    cells[at] = newHigh
    cells[at + 1] = newLow
  } else addBeyondCells(cells, at, value)
}

/** As `mergeSums`. */
export function mergeSumCells(cells: Float64Array, at: number, others: Float64Array, from: number): void {
  addToCells(cells, at, others[from] as number)
  addToCells(cells, at, others[from + 1] as number)
  cells[at + 2] = (cells[at + 2] as number) + (others[from + 2] as number)
}

/** As `sumOver`. */
export function sumOfCells(cells: Float64Array, at: number, divisor: number): number {
  const high = cells[at] as number
  if (!Number.isFinite(high)) return high
  scratch.high = high
  scratch.low = cells[at + 1] as number
  const carry = cells[at + 2] as number
  scratch.beyond = carry === 0 ? undefined : { carry, positiveInfinities: 0, negativeInfinities: 0 }
  return sumOver(scratch, divisor)
}

export function writeSum(cells: Float64Array, at: number, { high, low, beyond }: WideSum): void {
  const positive = (beyond?.positiveInfinities ?? 0) > 0 ? Number.POSITIVE_INFINITY : 0
  const negative = (beyond?.negativeInfinities ?? 0) > 0 ? Number.NEGATIVE_INFINITY : 0
  const infinite = positive + negative
  cells[at] = infinite === 0 ? high : infinite
  cells[at + 1] = infinite === 0 ? low : 0
  cells[at + 2] = beyond?.carry ?? 0
}

/** `value` is an infinity, or the sum is, or leaves the range of doubles. */
function addBeyondCells(cells: Float64Array, at: number, value: number): void {
  const before = cells[at] as number
  if (!Number.isFinite(value) || !Number.isFinite(before)) {
    cells[at] = before + value
    cells[at + 1] = 0
    return
  }
  const sign = Math.sign(value)
  cells[at] = before / 4
  cells[at + 1] = (cells[at + 1] as number) / 4
  addToCells(cells, at, value / 4)
  addToCells(cells, at, -sign * QUARTER_CARRY)
  cells[at] = (cells[at] as number) * 4
  cells[at + 1] = (cells[at + 1] as number) * 4
  cells[at + 2] = (cells[at + 2] as number) + sign
}
