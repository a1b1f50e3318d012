import { add, type DoubleDouble, divideByDouble, multiply, multiplyByDouble } from '../../collections/double-double.ts'

/** How pairs of values lie around their means: sums of products of distances, to about 106 bits. Plain data. */
export interface CoMoments {
  count: number
  /** Of the pairs counted in `count`. */
  readonly sumX: DoubleDouble
  readonly sumY: DoubleDouble
  /** The sums of squared distances from the mean, and of the products of both distances. */
  readonly squaresX: DoubleDouble
  readonly squaresY: DoubleDouble
  readonly products: DoubleDouble
  /** How many pairs have a value without a square among the doubles; they are not in `count`. */
  beyond: number
}

/** The squares of such values, and sums of as many of them as there can be, are doubles. */
const LARGEST = 1e140

/** Below it a variance is not told apart from rounding. */
const SMALLEST_VARIANCE = 1e-240

export function emptyCoMoments(): CoMoments {
  const zero = (): DoubleDouble => ({ high: 0, low: 0 })
  return {
    count: 0,
    sumX: zero(),
    sumY: zero(),
    squaresX: zero(),
    squaresY: zero(),
    products: zero(),
    beyond: 0,
  }
}

// Scratch for one call at a time.
const single = emptyCoMoments()
const distanceX: DoubleDouble = { high: 0, low: 0 }
const distanceY: DoubleDouble = { high: 0, low: 0 }
const term: DoubleDouble = { high: 0, low: 0 }

/** A pair of which one is NaN is skipped. */
export function addToCoMoments(moments: CoMoments, x: number, y: number): void {
  if (Math.abs(x) <= LARGEST && Math.abs(y) <= LARGEST) {
    single.count = 1
    single.sumX.high = x
    single.sumY.high = y
    mergeCoMoments(moments, single)
  } else if (!Number.isNaN(x) && !Number.isNaN(y)) moments.beyond += 1
}

/** Pairwise: Chan, Golub and LeVeque 1979; for products Pébay 2008, equation 3.12. */
export function mergeCoMoments(a: CoMoments, b: CoMoments): void {
  a.beyond += b.beyond
  if (b.count === 0) return
  if (a.count > 0) {
    meanDistance(distanceX, a.sumX, a.count, b.sumX, b.count)
    meanDistance(distanceY, a.sumY, a.count, b.sumY, b.count)
    addWeighed(a.products, distanceX, distanceY, a.count, b.count)
    addWeighed(a.squaresX, distanceX, distanceX, a.count, b.count)
    addWeighed(a.squaresY, distanceY, distanceY, a.count, b.count)
  }
  a.count += b.count
  add(a.sumX, b.sumX)
  add(a.sumY, b.sumY)
  add(a.squaresX, b.squaresX)
  add(a.squaresY, b.squaresY)
  add(a.products, b.products)
}

/**
 * Do values differ, and by enough to divide by their squares? Of equal ones the sum has at most 106 bits and is divided without
 * rounding, so that `squares` is 0.
 */
export function isSpread(count: number, squares: DoubleDouble): boolean {
  return squares.high > SMALLEST_VARIANCE * count
}

function meanDistance(distance: DoubleDouble, sum: DoubleDouble, n: number, otherSum: DoubleDouble, m: number): void {
  distance.high = otherSum.high
  distance.low = otherSum.low
  divideByDouble(distance, m)
  term.high = sum.high
  term.low = sum.low
  divideByDouble(term, -n)
  add(distance, term)
}

/** Adds the product of two distances of means, of `n` and `m` values, weighed by how many they are. */
function addWeighed(target: DoubleDouble, x: DoubleDouble, y: DoubleDouble, n: number, m: number): void {
  term.high = x.high
  term.low = x.low
  multiply(term, y)
  multiplyByDouble(term, n)
  if (m > 1) multiplyByDouble(term, m)
  divideByDouble(term, n + m)
  add(target, term)
}
