import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { isMissing, type PlainValue, type TimedValue } from './timed-value.ts'

/**
 * The value with the largest timestamp, of several the one that arrived last; null, undefined and NaN are skipped, and
 * the last of nothing is undefined.
 */
export function last<In, V extends PlainValue>(
  f: (value: In) => V | null | undefined,
): AggregateFunction<In, TimedValue<V>, V | undefined> {
  checkFunction(f, 'the selector of last', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'last',
    create: () => ({ timestamp: 0, value: undefined }),
    add(accumulator, value, timestamp) {
      const x = f(value)
      if (isMissing(x)) return accumulator
      if (accumulator.value === undefined || timestamp >= accumulator.timestamp) {
        accumulator.timestamp = timestamp
        accumulator.value = x
      }
      return accumulator
    },
    merge(accumulator, other) {
      if (other.value === undefined) return accumulator
      if (accumulator.value === undefined || other.timestamp >= accumulator.timestamp) {
        accumulator.timestamp = other.timestamp
        accumulator.value = other.value
      }
      return accumulator
    },
    result: ({ value }) => value,
  }
}
