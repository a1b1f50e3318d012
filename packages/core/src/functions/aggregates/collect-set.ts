import { checkFunction } from '../../elements/check-given.ts'
import { compareKeys } from '../../elements/key.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { PlainValue } from './timed-value.ts'
import { addToCounts, mergeCounts, removeFromCounts, unmergeCounts, type ValueCounts } from './value-counts.ts'
import { plainValue, type ValueSelector } from './value-selector.ts'

/**
 * The different values that the selector gives, ascending (as keys are ordered: false, true, numbers, bigints, texts by
 * UTF-16 code unit). null, undefined and NaN are skipped, -0 counts as 0; those of nothing are an empty list.
 *
 * The order of adding, merging and taking back does not show. Keeps each distinct value with how often it was seen; a result
 * sorts them. Nothing bounds how many that are.
 *
 * @example
 * ```ts
 * import { collectSet } from '@millrace/core'
 *
 * const drugs = collectSet((drug: string) => drug)
 * let accumulator = drugs.create()
 * for (const drug of ['insulin', 'heparin', 'insulin']) accumulator = drugs.add(accumulator, drug, 0)
 * drugs.result(accumulator) // => ['heparin', 'insulin']
 * ```
 */
export function collectSet<In, V extends PlainValue>(
  f: ValueSelector<In, V>,
): AggregateFunction<In, ValueCounts<V>, V[]> {
  checkFunction(f, 'the selector of collectSet', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'collectSet',
    create: () => new Map(),
    add(accumulator, value) {
      const x = plainValue(f(value), 'collectSet')
      if (x !== undefined) addToCounts(accumulator, x)
      return accumulator
    },
    merge: mergeCounts,
    unmerge: unmergeCounts,
    result: (accumulator) => [...accumulator.keys()].sort(compareKeys),
    retractsExactly: true,
    retract(accumulator, value) {
      const x = plainValue(f(value), 'collectSet')
      if (x !== undefined) removeFromCounts(accumulator, x)
      return accumulator
    },
  }
}
