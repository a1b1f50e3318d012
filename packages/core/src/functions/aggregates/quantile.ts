import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import { checkQuantiles, type QuantileResult, quantileOfCounts } from './quantile-of-counts.ts'
import { addToCounts, mergeCounts, removeFromCounts, unmergeCounts, type ValueCounts } from './value-counts.ts'

/**
 * Exact quantiles of what the selector gives, as SQL's `percentile_cont` and DuckDB's `quantile_cont` have them: of n
 * ascending values the one at position `q * (n - 1)`, between two of them on the line that joins them. A list of
 * quantiles gives a list of results.
 *
 * null, undefined and NaN are skipped, and the quantiles of nothing are undefined; -0 counts as 0, infinities are values
 * (and halfway between the two is NaN). The order of adding, merging and taking back does not show.
 *
 * Keeps each distinct value with how often it was seen: for vital signs, which are read in whole numbers or tenths, a few
 * hundred at most. Where every value is another one, that is all of them, at about 40 bytes each: see
 * `approximateQuantile`. Merging takes time by the distinct values of the other, a result as long as sorting them.
 *
 * @throws CORE_OPTION_INVALID for a quantile outside `[0, 1]`, or an empty list.
 * @example
 * ```ts
 * import { quantile } from '@millrace/core'
 *
 * const quartiles = quantile((mmHg: number) => mmHg, [0.25, 0.5, 0.75])
 * let accumulator = quartiles.create()
 * for (const mmHg of [120, 90, 100, 110]) accumulator = quartiles.add(accumulator, mmHg, 0)
 * quartiles.result(accumulator) // => [97.5, 105, 112.5]
 * ```
 */
export function quantile<In, Q extends number | readonly number[]>(
  f: NumberSelector<In>,
  q: Q,
): AggregateFunction<In, ValueCounts<number>, QuantileResult<Q>> {
  checkFunction(f, 'the selector of quantile', 'CORE_AGGREGATE_INVALID')
  checkQuantiles(q, 'quantile')
  return {
    name: `quantile(${q})`,
    create: () => new Map(),
    add(accumulator, value) {
      const x = numberOrNaN(f(value), 'quantile')
      if (!Number.isNaN(x)) addToCounts(accumulator, x)
      return accumulator
    },
    merge: mergeCounts,
    unmerge: unmergeCounts,
    result: (accumulator) => quantileOfCounts(accumulator, q),
    retractsExactly: true,
    retract(accumulator, value) {
      const x = numberOrNaN(f(value), 'quantile')
      if (!Number.isNaN(x)) removeFromCounts(accumulator, x)
      return accumulator
    },
  }
}
