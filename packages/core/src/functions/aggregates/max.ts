import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'

/** NaN while there is no value: one field that is always a double is changed without allocating. */
interface Extreme {
  value: number
}

/**
 * The largest of what the selector gives; null, undefined and NaN are skipped, and the maximum of nothing is undefined.
 * 0 is larger than -0.
 */
export function max<In>(f: NumberSelector<In>): AggregateFunction<In, Extreme, number | undefined> {
  checkFunction(f, 'the selector of max', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'max',
    create: () => ({ value: Number.NaN }),
    add(accumulator, value) {
      raise(accumulator, numberOrNaN(f(value), 'max'))
      return accumulator
    },
    merge(accumulator, other) {
      raise(accumulator, other.value)
      return accumulator
    },
    result: ({ value }) => (Number.isNaN(value) ? undefined : value),
    flat: {
      width: 1,
      version: 1,
      create(cells, at) {
        cells[at] = Number.NaN
      },
      add: (cells, at, value) => raiseCell(cells, at, numberOrNaN(f(value), 'max')),
      merge: (cells, at, others, from) => raiseCell(cells, at, others[from] as number),
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

function raise(extreme: Extreme, x: number): void {
  if (Number.isNaN(x)) return
  extreme.value = Number.isNaN(extreme.value) ? x : Math.max(extreme.value, x)
}

function raiseCell(cells: Float64Array, at: number, x: number): void {
  if (Number.isNaN(x)) return
  const before = cells[at] as number
  cells[at] = Number.isNaN(before) ? x : Math.max(before, x)
}
