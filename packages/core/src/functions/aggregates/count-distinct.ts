import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { PlainValue } from './timed-value.ts'
import { addToCounts, mergeCounts, removeFromCounts, unmergeCounts, type ValueCounts } from './value-counts.ts'
import { plainValue, type ValueSelector } from './value-selector.ts'

/**
 * How many different values the selector gives, exactly: strings, numbers, bigints and booleans, told apart by type and
 * value (`1` is not `'1'`; 0 and -0 are one). null, undefined and NaN are skipped, infinities are values.
 *
 * The order of adding, merging and taking back does not show. Keeps each distinct value with how often it was seen, about
 * 40 bytes and the length of a text: see `approximateCountDistinct` where there are very many. Merging takes time by
 * the distinct values of the other.
 *
 * @example
 * ```ts
 * import { countDistinct } from '@millrace/core'
 *
 * const drugs = countDistinct((drug: string) => drug)
 * let accumulator = drugs.create()
 * for (const drug of ['heparin', 'insulin', 'heparin']) accumulator = drugs.add(accumulator, drug, 0)
 * drugs.result(accumulator) // => 2
 * ```
 */
export function countDistinct<In>(
  f: ValueSelector<In, PlainValue>,
): AggregateFunction<In, ValueCounts<PlainValue>, number> {
  checkFunction(f, 'the selector of countDistinct', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'countDistinct',
    create: () => new Map(),
    add(accumulator, value) {
      const x = plainValue(f(value), 'countDistinct')
      if (x !== undefined) addToCounts(accumulator, x)
      return accumulator
    },
    merge: mergeCounts,
    unmerge: unmergeCounts,
    result: (accumulator) => accumulator.size,
    retractsExactly: true,
    retract(accumulator, value) {
      const x = plainValue(f(value), 'countDistinct')
      if (x !== undefined) removeFromCounts(accumulator, x)
      return accumulator
    },
  }
}
