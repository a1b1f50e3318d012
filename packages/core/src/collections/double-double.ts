/**
 * A number kept as the unevaluated sum of two doubles, to about 106 bits: `high` is the sum rounded to a double, `low`
 * what rounding left over. The functions below change their first argument, so that nothing is allocated a record.
 *
 * Sources: Dekker 1971 (product), Knuth TAOCP 4.2.2 (sum), Joldes, Muller and Popescu 2017 (the error bounds).
 */
export interface DoubleDouble {
  high: number
  low: number
}

// Cuts a double in two halves of 26 bits, whose products are exact. Overflows beyond 2^996.
const SPLITTER = 2 ** 27 + 1

/** Adds a double. Right while nothing on the way leaves the range of doubles; false, and nothing changed, if it does. */
export function addDouble(sum: DoubleDouble, value: number): boolean {
  const before = sum.high
  const high = before + value
  const shift = high - before
  const low = sum.low + (before - (high - shift) + (value - shift))
  const newHigh = high + low
  const newLow = low - (newHigh - high)
  // A finite number minus itself is 0; an infinity or NaN anywhere above ends up here as NaN.
  if (newLow - newLow !== 0) return false
  sum.high = newHigh
  sum.low = newLow
  return true
}

/** Adds another of them. Right while nothing on the way leaves the range of doubles. */
export function add(sum: DoubleDouble, { high, low }: DoubleDouble): void {
  addDouble(sum, high)
  addDouble(sum, low)
}

/** Multiplies by a double. Right for results of 2^-960 to 2^990. */
export function multiplyByDouble(product: DoubleDouble, factor: number): void {
  const { high, low } = product
  const newHigh = high * factor
  setSum(product, newHigh, productError(high, factor, newHigh) + low * factor)
}

/** Divides by a double that is not 0. Right for results of 2^-960 to 2^990. */
export function divideByDouble(quotient: DoubleDouble, divisor: number): void {
  const { high, low } = quotient
  const newHigh = high / divisor
  const back = newHigh * divisor
  const rest = high - back - productError(newHigh, divisor, back) + low
  setSum(quotient, newHigh, rest / divisor)
}

/** Multiplies by itself. Right for results of 2^-960 to 2^990. */
export function square(product: DoubleDouble): void {
  const { high, low } = product
  const newHigh = high * high
  setSum(product, newHigh, productError(high, high, newHigh) + 2 * high * low)
}

/** Multiplies by another of them. Right for results of 2^-960 to 2^990. */
export function multiply(product: DoubleDouble, factor: DoubleDouble): void {
  const { high, low } = product
  const newHigh = high * factor.high
  setSum(product, newHigh, productError(high, factor.high, newHigh) + (high * factor.low + low * factor.high))
}

/** What rounding took from `a * b`. */
function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a
  const aHigh = aScaled - (aScaled - a)
  const aLow = a - aHigh
  const bScaled = SPLITTER * b
  const bHigh = bScaled - (bScaled - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

function setSum(target: DoubleDouble, larger: number, smaller: number): void {
  const high = larger + smaller
  target.high = high
  target.low = smaller - (high - larger)
}
