import {
  addDouble,
  type DoubleDouble,
  divideByDouble,
  multiplyByDouble,
  square,
} from '../../collections/double-double.ts'
import { checkFunction, checkObject } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** Options of `variance`. */
export interface VarianceOptions {
  /** Divides by n instead of n - 1, as SQL's `var_pop` does. Default false: `var_samp`. */
  readonly population?: boolean
}

/** Plain data. */
export interface VarianceAccumulator {
  count: number
  /** Of the values counted in `count`. */
  readonly sum: DoubleDouble
  /** The sum of squared distances from their mean. */
  readonly squares: DoubleDouble
  /** How many values have no square among the doubles; they are not in `count`. */
  beyond: number
}

/** The squares of such values, and sums of as many of them as there can be, are doubles. */
const LARGEST = 1e140

// Scratch for one call at a time.
const distance: DoubleDouble = { high: 0, low: 0 }
const otherMean: DoubleDouble = { high: 0, low: 0 }
const moments: VarianceAccumulator = { count: 0, sum: { high: 0, low: 0 }, squares: { high: 0, low: 0 }, beyond: 0 }
const otherMoments: VarianceAccumulator = {
  count: 0,
  sum: { high: 0, low: 0 },
  squares: { high: 0, low: 0 },
  beyond: 0,
}

/** Cells of an accumulator: count, sum and squares (high and low), beyond. */
const VARIANCE_CELLS = 6

/**
 * The sample variance of what the selector gives; null, undefined and NaN are skipped. That of nothing is undefined, and
 * so is the sample variance of a single value.
 *
 * Keeps count, sum and squared distances from the mean, the latter two to about 106 bits, and merges them pairwise (Chan,
 * Golub and LeVeque 1979): the order does not show, and values far from 0 lose nothing. An infinity, or a value
 * beyond ±1e140, makes the result NaN.
 */
export function variance<In>(
  f: NumberSelector<In>,
  options: VarianceOptions = {},
): AggregateFunction<In, VarianceAccumulator, number | undefined> {
  checkFunction(f, 'the selector of variance', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of variance', [], 'CORE_AGGREGATE_INVALID')
  const lost = options.population === true ? 0 : 1
  return {
    name: lost === 0 ? 'populationVariance' : 'variance',
    create: () => ({ count: 0, sum: { high: 0, low: 0 }, squares: { high: 0, low: 0 }, beyond: 0 }),
    add(accumulator, value) {
      const x = numberOrNaN(f(value), 'variance')
      if (Math.abs(x) <= LARGEST) addValue(accumulator, x)
      else if (!Number.isNaN(x)) accumulator.beyond += 1
      return accumulator
    },
    merge(accumulator, other) {
      mergeMoments(accumulator, other)
      return accumulator
    },
    result({ count, squares, beyond }) {
      if (count + beyond <= lost) return undefined
      return beyond > 0 ? Number.NaN : squares.high / (count - lost)
    },
    flat: {
      width: VARIANCE_CELLS,
      version: 1,
      create() {},
      add(cells, at, value) {
        const x = numberOrNaN(f(value), 'variance')
        if (Math.abs(x) <= LARGEST) {
          addValue(readMoments(moments, cells, at), x)
          writeMoments(cells, at, moments)
        } else if (!Number.isNaN(x)) cells[at + 5] = (cells[at + 5] as number) + 1
      },
      merge(cells, at, others, from) {
        mergeMoments(readMoments(moments, cells, at), readMoments(otherMoments, others, from))
        writeMoments(cells, at, moments)
      },
      result(cells, at) {
        const { count, squares, beyond } = readMoments(moments, cells, at)
        if (count + beyond <= lost) return undefined
        return beyond > 0 ? Number.NaN : squares.high / (count - lost)
      },
      write: writeMoments,
    },
    retract(accumulator, value) {
      const x = numberOrNaN(f(value), 'variance')
      if (Math.abs(x) <= LARGEST) removeValue(accumulator, x)
      else if (!Number.isNaN(x)) accumulator.beyond -= 1
      return accumulator
    },
  }
}

/** Reads cells into a scratch. */
function readMoments(scratch: VarianceAccumulator, cells: Float64Array, at: number): VarianceAccumulator {
  scratch.count = cells[at] as number
  scratch.sum.high = cells[at + 1] as number
  scratch.sum.low = cells[at + 2] as number
  scratch.squares.high = cells[at + 3] as number
  scratch.squares.low = cells[at + 4] as number
  scratch.beyond = cells[at + 5] as number
  return scratch
}

function writeMoments(cells: Float64Array, at: number, accumulator: VarianceAccumulator): void {
  cells[at] = accumulator.count
  cells[at + 1] = accumulator.sum.high
  cells[at + 2] = accumulator.sum.low
  cells[at + 3] = accumulator.squares.high
  cells[at + 4] = accumulator.squares.low
  cells[at + 5] = accumulator.beyond
}

function addValue(accumulator: VarianceAccumulator, x: number): void {
  const { count, sum } = accumulator
  if (count > 0) {
    distanceFromMean(accumulator, x, 0)
    weighAndAdd(accumulator.squares, count, 1, 1)
  }
  accumulator.count = count + 1
  addDouble(sum, x)
}

function removeValue(accumulator: VarianceAccumulator, x: number): void {
  const { sum, squares } = accumulator
  accumulator.count -= 1
  addDouble(sum, -x)
  if (accumulator.count > 1) {
    distanceFromMean(accumulator, x, 0)
    weighAndAdd(squares, accumulator.count, 1, -1)
    if (squares.high > 0) return
  }
  // A single value, or equal ones: no spread, whatever rounding left.
  squares.high = 0
  squares.low = 0
  if (accumulator.count > 0) return
  sum.high = 0
  sum.low = 0
}

function mergeMoments(accumulator: VarianceAccumulator, other: VarianceAccumulator): void {
  accumulator.beyond += other.beyond
  if (other.count === 0) return
  if (accumulator.count > 0) {
    otherMean.high = other.sum.high
    otherMean.low = other.sum.low
    divideByDouble(otherMean, other.count)
    distanceFromMean(accumulator, otherMean.high, otherMean.low)
    weighAndAdd(accumulator.squares, accumulator.count, other.count, 1)
  }
  accumulator.count += other.count
  addDouble(accumulator.sum, other.sum.high)
  addDouble(accumulator.sum, other.sum.low)
  addDouble(accumulator.squares, other.squares.high)
  addDouble(accumulator.squares, other.squares.low)
}

/** `distance` becomes `high + low` minus the accumulator's mean. */
function distanceFromMean({ count, sum }: VarianceAccumulator, high: number, low: number): void {
  distance.high = -sum.high
  distance.low = -sum.low
  divideByDouble(distance, count)
  addDouble(distance, high)
  addDouble(distance, low)
}

/** Adds or takes away the squared distance of the means of `n` and `m` values, weighed by how many they are. */
function weighAndAdd(squares: DoubleDouble, n: number, m: number, sign: 1 | -1): void {
  square(distance)
  multiplyByDouble(distance, n)
  if (m > 1) multiplyByDouble(distance, m)
  divideByDouble(distance, n + m)
  addDouble(squares, sign * distance.high)
  addDouble(squares, sign * distance.low)
}
