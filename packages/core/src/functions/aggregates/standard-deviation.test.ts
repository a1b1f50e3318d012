import { expect, it } from 'vitest'
import { gather } from '../../../test/gathering.ts'
import { standardDeviation } from './standard-deviation.ts'

const of = (values: readonly (number | null)[], population: boolean): number | undefined =>
  gather(
    standardDeviation((x: number | null) => x, { population }),
    values.map((value, timestamp) => ({ value, timestamp })),
    [2],
  )

it('is the square root of the variance, of a sample or of the whole', () => {
  expect(of([2, 4, 4, null, 4, 5, 5, 7, 9], true)).toBe(2)
  expect(of([2, 4, 4, null, 4, 5, 5, 7, 9], false)).toBe(Math.sqrt(32 / 7))
  expect(of([5], false)).toBeUndefined()
  expect(of([5], true)).toBe(0)
  expect(of([1, Number.POSITIVE_INFINITY], true)).toBeNaN()
})

it('can take values back', () => {
  const aggregate = standardDeviation((x: number) => x)
  let accumulator = aggregate.create()
  for (const x of [100, 3, 5]) accumulator = aggregate.add(accumulator, x, 0)
  accumulator = aggregate.retract?.(accumulator, 100) ?? accumulator
  expect(aggregate.result(accumulator)).toBe(Math.SQRT2)
})
