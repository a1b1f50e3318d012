import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { NumberSelector } from './number-selector.ts'
import { quantile } from './quantile.ts'
import type { ValueCounts } from './value-counts.ts'

/**
 * The exact median of what the selector gives: the value in the middle, of an even number of values the mean of the two
 * there. `quantile(f, 0.5)` under its usual name; what that says of null, order, memory and cost holds here.
 */
export function median<In>(f: NumberSelector<In>): AggregateFunction<In, ValueCounts<number>, number | undefined> {
  checkFunction(f, 'the selector of median', 'CORE_AGGREGATE_INVALID')
  return { ...quantile(f, 0.5), name: 'median' }
}
