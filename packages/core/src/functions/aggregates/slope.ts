import { checkFunction, checkObject } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'
import { type Duration, parseDuration } from '../../time/duration.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToCoMoments, type CoMoments, emptyCoMoments, isSpread, mergeCoMoments } from './co-moments.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** Options of `slope`. */
export interface SlopeOptions {
  /** The time to which the slope refers: `'1m'` gives units a minute. Default one second. */
  readonly per?: Duration
}

/**
 * How fast a value rises (below 0: falls) with event time: the slope of the line with the least squares through the readings,
 * SQL's `regr_slope(value, timestamp)`, in units of the value a second, or for each `per`.
 *
 * null, undefined and NaN are skipped. Undefined for fewer than 2 readings, and where all are of the same time. An infinity,
 * or a value beyond ±1e140, makes it NaN. What `covariance` says of order, merging and memory holds here.
 *
 * @throws CORE_DURATION_INVALID, CORE_OPTION_INVALID when `per` is no time, or none at all.
 * @example
 * ```ts
 * import { slope } from '@millrace/core'
 *
 * const trend = slope((celsius: number) => celsius, { per: '1h' })
 * let accumulator = trend.create()
 * for (const [minute, celsius] of [[0, 37], [30, 37.5], [60, 38]] as const) {
 *   accumulator = trend.add(accumulator, celsius, minute * 60_000)
 * }
 * trend.result(accumulator)?.toFixed(6) // => '1.000000'
 * ```
 */
export function slope<In>(
  f: NumberSelector<In>,
  options: SlopeOptions = {},
): AggregateFunction<In, CoMoments, number | undefined> {
  checkFunction(f, 'the selector of slope', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of slope', [], 'CORE_AGGREGATE_INVALID')
  const perMs = parseDuration(options.per ?? 1_000, 'the time to which a slope refers')
  if (perMs === 0)
    throw new MillraceError('CORE_OPTION_INVALID', `per of slope was ${options.per}: it is at least 1 ms`)
  return {
    name: 'slope',
    create: emptyCoMoments,
    add(accumulator, value, timestamp) {
      addToCoMoments(accumulator, timestamp, numberOrNaN(f(value), 'slope'))
      return accumulator
    },
    merge(accumulator, other) {
      mergeCoMoments(accumulator, other)
      return accumulator
    },
    result({ count, squaresX, products, beyond }) {
      if (count + beyond < 2) return undefined
      if (beyond > 0) return Number.NaN
      return isSpread(count, squaresX) ? (products.high / squaresX.high) * perMs : undefined
    },
  }
}
