import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToCells, mergeSumCells, SUM_CELLS, sumOfCells, writeSum } from './flat-sum.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import { addToSum, mergeSums, removeFromSum, sumOver, type WideSum } from './wide-sum.ts'

/**
 * The sum of what the selector gives; null, undefined and NaN are skipped, and the sum of nothing is 0.
 *
 * Kept to about 106 bits and rounded once, so that the order of records and of slices does not show. Infinities add up as
 * in IEEE 754 (`Infinity - Infinity` is NaN).
 */
export function sum<In>(f: NumberSelector<In>): AggregateFunction<In, WideSum, number> {
  checkFunction(f, 'the selector of sum', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'sum',
    create: () => ({ high: 0, low: 0, beyond: undefined }),
    add(accumulator, value) {
      const x = numberOrNaN(f(value), 'sum')
      if (!Number.isNaN(x)) addToSum(accumulator, x)
      return accumulator
    },
    merge(accumulator, other) {
      mergeSums(accumulator, other)
      return accumulator
    },
    result: (accumulator) => sumOver(accumulator, 1),
    flat: {
      width: SUM_CELLS,
      version: 1,
      create() {},
      add(cells, at, value) {
        const x = numberOrNaN(f(value), 'sum')
        if (!Number.isNaN(x)) addToCells(cells, at, x)
      },
      merge: mergeSumCells,
      result: (cells, at) => sumOfCells(cells, at, 1),
      write: writeSum,
    },
    retract(accumulator, value) {
      const x = numberOrNaN(f(value), 'sum')
      if (!Number.isNaN(x)) removeFromSum(accumulator, x)
      return accumulator
    },
  }
}
