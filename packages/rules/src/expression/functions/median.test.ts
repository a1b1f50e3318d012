import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median } from './median.ts'

function sortedMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
}

function medianOf(values: readonly number[]): number {
  // What lies behind the length is not of the window.
  const room = Float64Array.from([...values, -1e9, 1e9])
  const before = room.slice()
  const result = median({ times: room, values: room, length: values.length })
  expect(room).toEqual(before)
  return result
}

describe('median', () => {
  it('is what sorting gives, and leaves the readings as they are', () => {
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), (values) => {
        // Zero has two signs, of which neither is greater.
        expect(medianOf(values) + 0).toBe(sortedMedian(values) + 0)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => -i],
    ['equal', () => 80],
    ['rising and falling again', (i: number) => Math.min(i, 3600 - i)],
    ['falling and rising again', (i: number) => Math.max(i, 3600 - i)],
    ['up and down', (i: number) => (i * 7919) % 40],
  ])('of an hour at one reading a second, %s', (_, valueAt) => {
    const values = Array.from({ length: 3600 }, (_, i) => valueAt(i))
    expect(medianOf(values)).toBe(sortedMedian(values))
  })
})
