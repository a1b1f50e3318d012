import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BinaryHeap } from './binary-heap.ts'

it('gives what a sorted list gives, pushes and pops mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined })), (steps) => {
      const heap = new BinaryHeap<number>((a, b) => a - b)
      const model: number[] = []
      for (const step of steps) {
        if (step === undefined) expect(heap.pop()).toBe(model.shift())
        else {
          heap.push(step)
          model.push(step)
          model.sort((a, b) => a - b)
        }
        expect(heap.peek()).toBe(model[0])
        expect(heap.size).toBe(model.length)
      }
    }),
    { numRuns: 500 },
  )
})
