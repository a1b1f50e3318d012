import { checkFunction, checkObject } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToCoMoments, type CoMoments, emptyCoMoments, mergeCoMoments } from './co-moments.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** Options of `covariance`. */
export interface CovarianceOptions {
  /** Divides by n instead of n - 1, as SQL's `covar_pop` does. Default false: `covar_samp`. */
  readonly population?: boolean
}

/**
 * How two values of a record vary together: SQL's `covar_samp`, or `covar_pop`, in the product of their units. A record for
 * which one of the two is null, undefined or NaN is skipped. Undefined for fewer than 2 records (1 of a population); an
 * infinity, or a value beyond ±1e140, makes it NaN.
 *
 * Keeps count, two sums and three sums of products of distances from the means, to about 106 bits: 12 numbers. They are merged
 * pairwise (Chan, Golub and LeVeque 1979), so that neither order nor slicing shows in the first 9 digits, also far from 0.
 * There is no taking back.
 */
export function covariance<In>(
  f: NumberSelector<In>,
  g: NumberSelector<In>,
  options: CovarianceOptions = {},
): AggregateFunction<In, CoMoments, number | undefined> {
  checkFunction(f, 'the selector of covariance', 'CORE_AGGREGATE_INVALID')
  checkFunction(g, 'the second selector of covariance', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of covariance', [], 'CORE_AGGREGATE_INVALID')
  const lost = options.population === true ? 0 : 1
  return {
    name: lost === 0 ? 'populationCovariance' : 'covariance',
    create: emptyCoMoments,
    add(accumulator, value) {
      addToCoMoments(accumulator, numberOrNaN(f(value), 'covariance'), numberOrNaN(g(value), 'covariance'))
      return accumulator
    },
    merge(accumulator, other) {
      mergeCoMoments(accumulator, other)
      return accumulator
    },
    result({ count, products, beyond }) {
      if (count + beyond <= lost) return undefined
      return beyond > 0 ? Number.NaN : products.high / (count - lost)
    },
  }
}
