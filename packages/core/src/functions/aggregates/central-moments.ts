import { add, type DoubleDouble, divideByDouble, multiply, multiplyByDouble } from '../../collections/double-double.ts'

/** How values lie around their mean: sums of the powers of their distances from it, to about 106 bits. Plain data. */
export interface CentralMoments {
  count: number
  /** Of the values counted in `count`. */
  readonly sum: DoubleDouble
  readonly squares: DoubleDouble
  readonly cubes: DoubleDouble
  readonly fourths: DoubleDouble
  /** How many values have no fourth power among the doubles; they are not in `count`. */
  beyond: number
}

/** The fourth powers of such values, and sums of as many of them as there can be, are doubles. */
const LARGEST = 1e70

/** Below it a variance has no square that is told apart from rounding. */
const SMALLEST_VARIANCE = 1e-120

export function emptyMoments(): CentralMoments {
  return {
    count: 0,
    sum: { high: 0, low: 0 },
    squares: { high: 0, low: 0 },
    cubes: { high: 0, low: 0 },
    fourths: { high: 0, low: 0 },
    beyond: 0,
  }
}

// Scratch for one call at a time.
const single = emptyMoments()
const distance: DoubleDouble = { high: 0, low: 0 }
const share: DoubleDouble = { high: 0, low: 0 }
const term: DoubleDouble = { high: 0, low: 0 }

/** NaN is skipped. */
export function addToMoments(moments: CentralMoments, x: number): void {
  if (Math.abs(x) <= LARGEST) {
    single.count = 1
    single.sum.high = x
    mergeMoments(moments, single)
  } else if (!Number.isNaN(x)) moments.beyond += 1
}

/**
 * Pairwise: Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical
 * moments", equations 1.5 to 1.7 in powers of `share`, the distance of the means by the number of all values.
 */
export function mergeMoments(a: CentralMoments, b: CentralMoments): void {
  a.beyond += b.beyond
  if (b.count === 0) return
  if (a.count > 0) {
    meanDistance(a, b)
    // Each from those of lower order as they were.
    raiseFourths(a, b)
    raiseCubes(a, b)
    set(term, distance)
    multiply(term, share)
    addTimes(a.squares, a.count * b.count)
  }
  a.count += b.count
  add(a.sum, b.sum)
  add(a.squares, b.squares)
  add(a.cubes, b.cubes)
  add(a.fourths, b.fourths)
}

/**
 * Do the values differ, and by enough to have a fourth power? Of equal ones the sum has at most 106 bits and is divided without
 * rounding, so that `squares` is 0.
 */
export function isSpread({ count, squares }: CentralMoments): boolean {
  return squares.high > SMALLEST_VARIANCE * count
}

/** `distance` from the mean of `a` to that of `b`, and `share` of it. */
function meanDistance(a: CentralMoments, b: CentralMoments): void {
  set(distance, b.sum)
  divideByDouble(distance, b.count)
  set(term, a.sum)
  divideByDouble(term, -a.count)
  add(distance, term)
  set(share, distance)
  divideByDouble(share, a.count + b.count)
}

function raiseFourths(a: CentralMoments, b: CentralMoments): void {
  const n = a.count
  const m = b.count
  set(term, distance)
  multiply(term, share)
  multiply(term, share)
  multiply(term, share)
  addTimes(a.fourths, n * m * (n * n - n * m + m * m))
  if (m > 1) {
    set(term, share)
    multiply(term, share)
    multiply(term, b.squares)
    addTimes(a.fourths, 6 * n * n)
    set(term, share)
    multiply(term, b.cubes)
    addTimes(a.fourths, 4 * n)
  }
  set(term, share)
  multiply(term, share)
  multiply(term, a.squares)
  addTimes(a.fourths, 6 * m * m)
  set(term, share)
  multiply(term, a.cubes)
  addTimes(a.fourths, -4 * m)
}

function raiseCubes(a: CentralMoments, b: CentralMoments): void {
  const n = a.count
  const m = b.count
  set(term, distance)
  multiply(term, share)
  multiply(term, share)
  addTimes(a.cubes, n * m * (n - m))
  if (m > 1) {
    set(term, share)
    multiply(term, b.squares)
    addTimes(a.cubes, 3 * n)
  }
  set(term, share)
  multiply(term, a.squares)
  addTimes(a.cubes, -3 * m)
}

/** Adds `term`, times a whole number, to `target`. */
function addTimes(target: DoubleDouble, times: number): void {
  multiplyByDouble(term, times)
  add(target, term)
}

function set(target: DoubleDouble, { high, low }: DoubleDouble): void {
  target.high = high
  target.low = low
}
