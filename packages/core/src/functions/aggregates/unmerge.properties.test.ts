import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import { approximateQuantile } from './approximate-quantile.ts'
import { collectSet } from './collect-set.ts'
import { countDistinct } from './count-distinct.ts'
import { median } from './median.ts'
import { mode } from './mode.ts'
import { quantile } from './quantile.ts'

// What this family catches: a trace of what was merged and taken back, or something more taken back than was merged.

type Value = number | null
const f = (x: Value): Value => x
const aggregates = {
  approximateQuantile: approximateQuantile(f, 0.9),
  collectSet: collectSet(f),
  countDistinct: countDistinct(f),
  median: median(f),
  mode: mode(f),
  quantile: quantile(f, 0.1),
} as unknown as Record<string, AggregateFunction<Value, unknown, unknown>>

const values = fc.array(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom<Value>(null, -0, Infinity)), {
  maxLength: 12,
})

it.each(Object.entries(aggregates))('%s is without a trace of what was taken back', (_name, aggregate) => {
  const of = (list: readonly Value[]): unknown => {
    let accumulator = aggregate.create()
    for (const value of list) accumulator = aggregate.add(accumulator, value, 0)
    return accumulator
  }
  fc.assert(
    fc.property(values, values, values, (before, brought, after) => {
      const other = of(brought)
      let accumulator = aggregate.merge(of(before), other)
      for (const value of after) accumulator = aggregate.add(accumulator, value, 0)
      accumulator = aggregate.unmerge?.(accumulator, other)
      expect(accumulator).toEqual(of([...before, ...after]))
      expect(aggregate.result(accumulator)).toEqual(aggregate.result(of([...before, ...after])))
      // What was taken back is as it was.
      expect(other).toEqual(of(brought))
    }),
    { numRuns: propertyRuns() },
  )
})
