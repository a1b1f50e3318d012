import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** NaN while there is no value: one field that is always a double is changed without allocating. */
interface Extreme {
  value: number
}

/**
 * The smallest of what the selector gives; null, undefined and NaN are skipped, and the minimum of nothing is undefined.
 * -0 is smaller than 0.
 */
export function min<In>(f: NumberSelector<In>): AggregateFunction<In, Extreme, number | undefined> {
  return {
    name: 'min',
    create: () => ({ value: Number.NaN }),
    add(accumulator, value) {
      lower(accumulator, numberOrNaN(f(value), 'min'))
      return accumulator
    },
    merge(accumulator, other) {
      lower(accumulator, other.value)
      return accumulator
    },
    result: ({ value }) => (Number.isNaN(value) ? undefined : value),
  }
}

function lower(extreme: Extreme, x: number): void {
  if (Number.isNaN(x)) return
  extreme.value = Number.isNaN(extreme.value) ? x : Math.min(extreme.value, x)
}
