import { checkFunction, checkObject } from '../../elements/check-given.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { NumberSelector } from './number-selector.ts'
import { type VarianceAccumulator, type VarianceOptions, variance } from './variance.ts'

/**
 * The sample standard deviation of what the selector gives, SQL's `stddev_samp`, or with `population` that of the whole,
 * `stddev_pop`: the square root of `variance`, in the unit of the values. What that says of null, infinities, order and
 * memory holds here.
 */
export function standardDeviation<In>(
  f: NumberSelector<In>,
  options: VarianceOptions = {},
): AggregateFunction<In, VarianceAccumulator, number | undefined> {
  checkFunction(f, 'the selector of standardDeviation', 'CORE_AGGREGATE_INVALID')
  checkObject(options, 'the options of standardDeviation', [], 'CORE_AGGREGATE_INVALID')
  const { create, add, merge, result, flat, retract } = variance(f, options)
  return {
    name: options.population === true ? 'populationStandardDeviation' : 'standardDeviation',
    create,
    add,
    merge,
    result(accumulator) {
      const squared = result(accumulator)
      return squared === undefined ? undefined : Math.sqrt(squared)
    },
    ...(flat === undefined
      ? {}
      : {
          flat: {
            ...flat,
            result(cells, at) {
              const squared = flat.result(cells, at)
              return squared === undefined ? undefined : Math.sqrt(squared)
            },
          },
        }),
    retract: (accumulator, value) => retract?.(accumulator, value) ?? accumulator,
  }
}
