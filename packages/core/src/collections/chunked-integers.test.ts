import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChunkedIntegers } from './chunked-integers.ts'

it('gives what was set, and 0 elsewhere', () => {
  const index = fc.oneof(fc.nat(20), fc.nat(2_100), fc.nat(1_000_000))
  fc.assert(
    fc.property(fc.array(fc.tuple(index, fc.integer())), fc.array(index), (sets, gets) => {
      const integers = new ChunkedIntegers()
      const model = new Map<number, number>()
      for (const [at, value] of sets) {
        integers.set(at, value)
        model.set(at, value)
      }
      for (const at of [...gets, ...model.keys()]) expect(integers.get(at)).toBe(model.get(at) ?? 0)
    }),
  )
})
