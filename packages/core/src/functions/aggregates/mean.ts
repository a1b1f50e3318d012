import { checkFunction } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { addToCells, mergeSumCells, SUM_CELLS, sumOfCells, writeSum } from './flat-sum.ts'
import { type NumberSelector, numberOrNaN } from './number-selector.ts'
import { addToSum, mergeSums, removeFromSum, sumOver, type WideSum } from './wide-sum.ts'

interface MeanAccumulator extends WideSum {
  count: number
}

/**
 * The arithmetic mean of what the selector gives; null, undefined and NaN are skipped, and the mean of nothing is
 * undefined. The sum is kept as in `sum`, also where it is beyond the largest double and the mean is not.
 */
export function mean<In>(f: NumberSelector<In>): AggregateFunction<In, MeanAccumulator, number | undefined> {
  checkFunction(f, 'the selector of mean', 'CORE_AGGREGATE_INVALID')
  return {
    name: 'mean',
    create: () => ({ high: 0, low: 0, beyond: undefined, count: 0 }),
    add(accumulator, value) {
      const x = numberOrNaN(f(value), 'mean')
      if (Number.isNaN(x)) return accumulator
      accumulator.count += 1
      addToSum(accumulator, x)
      return accumulator
    },
    merge(accumulator, other) {
      accumulator.count += other.count
      mergeSums(accumulator, other)
      return accumulator
    },
    result: (accumulator) => (accumulator.count === 0 ? undefined : sumOver(accumulator, accumulator.count)),
    flat: {
      width: SUM_CELLS + 1,
      version: 1,
      create() {},
      add(cells, at, value) {
        const x = numberOrNaN(f(value), 'mean')
        if (Number.isNaN(x)) return
        addToCells(cells, at, x)
        cells[at + SUM_CELLS] = (cells[at + SUM_CELLS] as number) + 1
      },
      merge(cells, at, others, from) {
        mergeSumCells(cells, at, others, from)
        cells[at + SUM_CELLS] = (cells[at + SUM_CELLS] as number) + (others[from + SUM_CELLS] as number)
      },
      result(cells, at) {
        const count = cells[at + SUM_CELLS] as number
        return count === 0 ? undefined : sumOfCells(cells, at, count)
      },
      write(cells, at, accumulator) {
        writeSum(cells, at, accumulator)
        cells[at + SUM_CELLS] = accumulator.count
      },
    },
    retract(accumulator, value) {
      const x = numberOrNaN(f(value), 'mean')
      if (Number.isNaN(x)) return accumulator
      accumulator.count -= 1
      removeFromSum(accumulator, x)
      return accumulator
    },
  }
}
