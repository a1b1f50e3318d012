import { checkFunction, checkObject } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import { checkQuantiles, type QuantileResult, quantileOfCounts } from './quantile-of-counts.ts'
import { addToCounts, mergeCounts, removeFromCounts, unmergeCounts, type ValueCounts } from './value-counts.ts'

/** Options of `approximateQuantile`. */
export interface ApproximateQuantileOptions {
  /**
   * How far a result may be from the exact one, as a part of it: 0.001, the default, is at most 0.1 away at 100. From 1e-9
   * to 0.25; half of it can take twice the memory.
   */
  readonly relativeError?: number
}

/**
 * Quantiles as in `quantile`, of values rounded to as many bits as the error allows; 10 for one of 0.001. A result is within
 * `relativeError` of the exact one; where values of both signs meet, between a negative and a positive one, of the larger of
 * the two. Whole numbers up to the power of two of those bits (1,024) are kept as they are, so that their quantiles are
 * exact. null, undefined, NaN and infinities as in `quantile`.
 *
 * The order of adding, merging and taking back does not show: a value's bucket depends on nothing but the value. That is
 * what t-digest and KLL cannot say (docs/decisions/0022). Keeps a count for each bucket that has a value: at most
 * `2^(bits - 1)` for each doubling between the smallest and the largest, 512 of them for 0.001 and thus about 2,000 for
 * 20 to 300, and never more than there are distinct values; about 40 bytes each.
 *
 * Source: DDSketch (Masson, Rim and Lee 2019) with buckets of equal width within a power of two, found by rounding as
 * Veltkamp 1968 does it (Boldo 2006 proves it).
 *
 * @throws CORE_OPTION_INVALID for a quantile outside `[0, 1]`, an empty list, or an error out of its range.
 * @example
 * ```ts
 * import { approximateQuantile } from '@millrace/core'
 *
 * const p99 = approximateQuantile((ms: number) => ms, 0.99, { relativeError: 0.01 })
 * let accumulator = p99.create()
 * for (let ms = 1; ms <= 10_001; ms++) accumulator = p99.add(accumulator, ms, 0)
 * Math.abs((p99.result(accumulator) ?? 0) - 9_901) <= 99 // => true
 * ```
 */
export function approximateQuantile<In, Q extends number | readonly number[]>(
  f: NumberSelector<In>,
  q: Q,
  options: ApproximateQuantileOptions = {},
): AggregateFunction<In, ValueCounts<number>, QuantileResult<Q>> {
  checkFunction(f, 'the selector of approximateQuantile', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of approximateQuantile', [], 'CORE_AGGREGATE_INVALID')
  checkQuantiles(q, 'approximateQuantile')
  const bits = bitsFor(options.relativeError ?? 0.001)
  const splitter = 2 ** (53 - bits) + 1
  return {
    name: `approximateQuantile(${q} within ${options.relativeError ?? 0.001})`,
    create: () => new Map(),
    add(accumulator, value) {
      const x = numberOrNaN(f(value), 'approximateQuantile')
      if (!Number.isNaN(x)) addToCounts(accumulator, rounded(x, splitter))
      return accumulator
    },
    merge: mergeCounts,
    unmerge: unmergeCounts,
    result: (accumulator) => quantileOfCounts(accumulator, q),
    retractsExactly: true,
    retract(accumulator, value) {
      const x = numberOrNaN(f(value), 'approximateQuantile')
      if (!Number.isNaN(x)) removeFromCounts(accumulator, rounded(x, splitter))
      return accumulator
    },
  }
}

/** The fewest bits with which rounding to nearest stays within the error: `2^-bits` of the value. */
function bitsFor(relativeError: number): number {
  if (typeof relativeError === 'number' && relativeError >= 1e-9 && relativeError <= 0.25) {
    return Math.ceil(-Math.log2(relativeError))
  }
  throw new MillraceError(
    'CORE_OPTION_INVALID',
    `relativeError of approximateQuantile was ${relativeError}: it is from 1e-9 to 0.25`,
  )
}

const SCALE = 2 ** 60

/** The nearest double that has the leading bits only. A finite value stays finite. */
function rounded(x: number, splitter: number): number {
  // Near the largest double at a smaller scale, where the product does not overflow.
  const scale = Math.abs(x) > 2 ** 960 ? SCALE : 1
  const scaled = x / scale
  const product = scaled * splitter
  const nearest = (product - (product - scaled)) * scale
  if (Number.isFinite(nearest)) return nearest
  return Number.isFinite(x) ? Math.sign(x) * Number.MAX_VALUE : x
}
