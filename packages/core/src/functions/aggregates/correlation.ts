import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToCoMoments, type CoMoments, emptyCoMoments, isSpread, mergeCoMoments } from './co-moments.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/**
 * Pearson's correlation of two values of a record, SQL's `corr`: from -1 to 1. Undefined for fewer than 2 records and where
 * one of the two is always the same, or differs by less than about 1e-120. What `covariance` says of missing values, infinities, order and memory holds here.
 *
 * @example
 * ```ts
 * import { correlation } from '@millrace/core'
 *
 * const together = correlation((r: { pulse: number; rate: number }) => r.pulse, (r) => r.rate)
 * let accumulator = together.create()
 * for (const rate of [60, 75, 90]) accumulator = together.add(accumulator, { rate, pulse: rate + 1 }, 0)
 * together.result(accumulator)?.toFixed(6) // => '1.000000'
 * ```
 */
export function correlation<In>(
  f: NumberSelector<In>,
  g: NumberSelector<In>,
): AggregateFunction<In, CoMoments, number | undefined> {
  checkFunction(f, 'the selector of correlation', 'CORE_AGGREGATE_INVALID')
  checkFunction(g, 'the second selector of correlation', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'correlation',
    create: emptyCoMoments,
    add(accumulator, value) {
      addToCoMoments(accumulator, numberOrNaN(f(value), 'correlation'), numberOrNaN(g(value), 'correlation'))
      return accumulator
    },
    merge(accumulator, other) {
      mergeCoMoments(accumulator, other)
      return accumulator
    },
    result({ count, squaresX, squaresY, products, beyond }) {
      if (count + beyond < 2) return undefined
      if (beyond > 0) return Number.NaN
      if (!isSpread(count, squaresX) || !isSpread(count, squaresY)) return undefined
      const r = products.high / Math.sqrt(squaresX.high) / Math.sqrt(squaresY.high)
      return Math.max(-1, Math.min(1, r))
    },
  }
}
