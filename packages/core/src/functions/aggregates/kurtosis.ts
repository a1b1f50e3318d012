import { checkFunction, checkObject } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToMoments, type CentralMoments, emptyMoments, isSpread, mergeMoments } from './central-moments.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import type { MomentOptions } from './skewness.ts'

/**
 * How much of the spread comes from a few values far out: 0 for a normal distribution (it is the excess kurtosis), above 0
 * for heavier tails. Of a sample as DuckDB's `kurtosis` has it, corrected for its size (G2); of a population as
 * `kurtosis_pop` (g2).
 *
 * Undefined for fewer than 4 values (2 of a population), and where they are all equal. Otherwise what `skewness` says of null,
 * infinities, order, memory and taking back holds here.
 */
export function kurtosis<In>(
  f: NumberSelector<In>,
  options: MomentOptions = {},
): AggregateFunction<In, CentralMoments, number | undefined> {
  checkFunction(f, 'the selector of kurtosis', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of kurtosis', [], 'CORE_AGGREGATE_INVALID')
  const isPopulation = options.population === true
  return {
    name: isPopulation ? 'populationKurtosis' : 'kurtosis',
    create: emptyMoments,
    add(accumulator, value) {
      addToMoments(accumulator, numberOrNaN(f(value), 'kurtosis'))
      return accumulator
    },
    merge(accumulator, other) {
      mergeMoments(accumulator, other)
      return accumulator
    },
    result(accumulator) {
      const { count: n, squares, fourths, beyond } = accumulator
      if (n + beyond < (isPopulation ? 2 : 4)) return undefined
      if (beyond > 0) return Number.NaN
      if (!isSpread(accumulator)) return undefined
      const g2 = (n * fourths.high) / squares.high / squares.high - 3
      return isPopulation ? g2 : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6)
    },
  }
}
