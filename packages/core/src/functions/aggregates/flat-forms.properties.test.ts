import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import type { AggregateFunction } from '../aggregate-function.ts'
import type { FlatForm } from '../flat-form.ts'
import { combineAggregates } from './combine-aggregates.ts'
import { combineFlat } from './combine-flat.ts'
import { count } from './count.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { standardDeviation } from './standard-deviation.ts'
import { sum } from './sum.ts'
import { variance } from './variance.ts'

// What this family catches: cells that give another result than the object form, in any bit, at any time, from any beginning.
// What it cannot: what both get wrong; the object form has tests of its own.

type Value = number | null
const f = (x: Value): Value => x
const aggregates = {
  records: count(),
  values: count(f),
  total: sum(f),
  average: mean(f),
  lowest: min(f),
  highest: max(f),
  spread: variance(f),
  all: variance(f, { population: true }),
  deviation: standardDeviation(f),
} as unknown as Record<string, AggregateFunction<Value, unknown, unknown>>

const values = fc.oneof(
  fc.double(),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom<Value>(null, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
    1e140,
    1.1e140,
    2 ** 1023,
    -(2 ** 1022),
    1e308,
  ),
)

it.each(Object.entries(aggregates))('%s in cells is what it is as an object, bit for bit', (_name, aggregate) => {
  const flat = aggregate.flat as FlatForm<Value, unknown, unknown>
  fc.assert(
    fc.property(fc.array(values, { maxLength: 30, size: 'max' }), fc.nat(30), fc.nat(5), (list, turn, at) => {
      let accumulator = aggregate.create()
      const cells = new Float64Array(at + flat.width + 1)
      cells[at + flat.width] = 77
      flat.create(cells, at)
      list.forEach((value, i) => {
        // Going on from the object's own accumulator changes nothing.
        if (i === turn) flat.write(cells, at, accumulator)
        expect(flat.result(cells, at)).toBe(aggregate.result(accumulator))
        accumulator = aggregate.add(accumulator, value, i)
        flat.add(cells, at, value, i)
      })
      expect(flat.result(cells, at)).toBe(aggregate.result(accumulator))
      // Nobody wrote beside the row.
      expect(cells[at + flat.width]).toBe(77)
      expect(cells.subarray(0, at).every((cell) => cell === 0)).toBe(true)
    }),
    { numRuns: propertyRuns() },
  )
})

it.each(Object.entries(aggregates))('%s merged in cells is what it is merged as an object, bit for bit', (_name, a) => {
  const flat = a.flat as FlatForm<Value, unknown, unknown>
  const list = fc.array(values, { maxLength: 8, size: 'max' })
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6, size: 'max' }), fc.nat(3), fc.boolean(), (lists, at, isFirst) => {
      let accumulator = a.create()
      // Into one array, at either end of it, from another and from the same.
      const cells = new Float64Array(at + 2 * flat.width)
      const into = at + (isFirst ? 0 : flat.width)
      const from = at + (isFirst ? flat.width : 0)
      flat.create(cells, into)
      const others = new Float64Array(flat.width)
      lists.forEach((list, i) => {
        let other = a.create()
        const row = i % 2 === 0 ? cells : others
        const begin = i % 2 === 0 ? from : 0
        row.fill(0, begin, begin + flat.width)
        flat.create(row, begin)
        for (const value of list) {
          other = a.add(other, value, 0)
          flat.add(row, begin, value, 0)
        }
        const before = [...row.subarray(begin, begin + flat.width)]
        accumulator = a.merge(accumulator, other)
        flat.merge(cells, into, row, begin)
        expect([...row.subarray(begin, begin + flat.width)]).toEqual(before)
        expect(flat.result(cells, into)).toBe(a.result(accumulator))
        expect(flat.result(row, begin)).toBe(a.result(other))
      })
    }),
    { numRuns: propertyRuns() },
  )
})

it('stand side by side in a row', () => {
  const { names, parts } = combineAggregates<Value, typeof aggregates>(aggregates)
  const flat = combineFlat(names, parts)
  expect(flat?.width).toBe(1 + 1 + 3 + 4 + 1 + 1 + 6 + 6 + 6)
  expect(flat?.layout).toMatch(/^records: count 1 v1, values: count 1 v1, total: sum 3 v1, average: mean 4 v1/)
})
