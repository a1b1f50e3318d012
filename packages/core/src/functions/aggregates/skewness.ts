import { checkFunction, checkObject } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToMoments, type CentralMoments, emptyMoments, isSpread, mergeMoments } from './central-moments.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** Options of `skewness` and `kurtosis`. */
export interface MomentOptions {
  /** Takes the values as the whole population: no correction for the size of a sample. Default false. */
  readonly population?: boolean
}

/**
 * How far the values lean: 0 where they lie alike on both sides of their mean, above 0 where the long tail is above it. Of
 * a sample as DuckDB's `skewness` has it (the adjusted Fisher-Pearson coefficient G1); of a population g1.
 *
 * null, undefined and NaN are skipped. Undefined for fewer than 3 values (2 of a population), and where they are all equal or
 * differ by less than about 1e-60. An infinity, or a value beyond ±1e70, makes it NaN.
 *
 * Keeps count, sum and the sums of the 2nd to 4th powers of distances from the mean, to about 106 bits: 9 numbers. They are
 * merged pairwise (Pébay 2008); neither order nor slicing shows in the first 9 digits, also far from 0. There is no
 * taking back: what cancels would be divided by what cancels.
 *
 * @example
 * ```ts
 * import { skewness } from '@millrace/core'
 *
 * const lean = skewness((x: number) => x, { population: true })
 * let accumulator = lean.create()
 * for (const x of [1, 1, 1, 5]) accumulator = lean.add(accumulator, x, 0)
 * lean.result(accumulator)?.toFixed(6) // => '1.154701'
 * ```
 */
export function skewness<In>(
  f: NumberSelector<In>,
  options: MomentOptions = {},
): AggregateFunction<In, CentralMoments, number | undefined> {
  checkFunction(f, 'the selector of skewness', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of skewness', [], 'CORE_AGGREGATE_INVALID')
  const isPopulation = options.population === true
  return {
    name: isPopulation ? 'populationSkewness' : 'skewness',
    create: emptyMoments,
    add(accumulator, value) {
      addToMoments(accumulator, numberOrNaN(f(value), 'skewness'))
      return accumulator
    },
    merge(accumulator, other) {
      mergeMoments(accumulator, other)
      return accumulator
    },
    result(accumulator) {
      const { count, squares, cubes, beyond } = accumulator
      if (count + beyond < (isPopulation ? 2 : 3)) return undefined
      if (beyond > 0) return Number.NaN
      if (!isSpread(accumulator)) return undefined
      const g1 = (Math.sqrt(count) * cubes.high) / squares.high / Math.sqrt(squares.high)
      return isPopulation ? g1 : (g1 * Math.sqrt(count * (count - 1))) / (count - 2)
    },
  }
}
