import { checkFunction } from '../../elements/check-given.ts'
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
  checkFunction(f, 'the selector of min', 'CORE_AGGREGATE_INVALID')
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
    flat: {
      width: 1,
      version: 1,
      create(cells, at) {
        cells[at] = Number.NaN
      },
      add: (cells, at, value) => lowerCell(cells, at, numberOrNaN(f(value), 'min')),
      merge: (cells, at, others, from) => lowerCell(cells, at, others[from] as number),
      result(cells, at) {
        const value = cells[at] as number
        return Number.isNaN(value) ? undefined : value
      },
      write(cells, at, { value }) {
        cells[at] = value
      },
    },
  }
}

function lower(extreme: Extreme, x: number): void {
  if (Number.isNaN(x)) return
  extreme.value = Number.isNaN(extreme.value) ? x : Math.min(extreme.value, x)
}

function lowerCell(cells: Float64Array, at: number, x: number): void {
  if (Number.isNaN(x)) return
  const before = cells[at] as number
  cells[at] = Number.isNaN(before) ? x : Math.min(before, x)
}
