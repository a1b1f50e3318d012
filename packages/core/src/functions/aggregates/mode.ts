import { checkFunction } from '../../elements/check-given.ts'
import { compareKeys } from '../../elements/key.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { PlainValue } from './timed-value.ts'
import { addToCounts, mergeCounts, removeFromCounts, unmergeCounts, type ValueCounts } from './value-counts.ts'
import { plainValue, type ValueSelector } from './value-selector.ts'

/**
 * The value that the selector gives most often; of several the smallest (as keys are ordered: false, true, numbers, bigints,
 * texts by UTF-16 code unit). null, undefined and NaN are skipped, -0 counts as 0, and the mode of nothing is undefined.
 *
 * The order of adding, merging and taking back does not show. Keeps each distinct value with how often it was seen; a result
 * looks at all of them.
 */
export function mode<In, V extends PlainValue>(
  f: ValueSelector<In, V>,
): AggregateFunction<In, ValueCounts<V>, V | undefined> {
  checkFunction(f, 'the selector of mode', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'mode',
    create: () => new Map(),
    add(accumulator, value) {
      const x = plainValue(f(value), 'mode')
      if (x !== undefined) addToCounts(accumulator, x)
      return accumulator
    },
    merge: mergeCounts,
    unmerge: unmergeCounts,
    result(accumulator) {
      let most: V | undefined
      let times = 0
      for (const [value, n] of accumulator) {
        if (n < times || (n === times && compareKeys(value, most as V) > 0)) continue
        most = value
        times = n
      }
      return most
    },
    retractsExactly: true,
    retract(accumulator, value) {
      const x = plainValue(f(value), 'mode')
      if (x !== undefined) removeFromCounts(accumulator, x)
      return accumulator
    },
  }
}
