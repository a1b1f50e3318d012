import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import { TwoStacks } from './two-stacks.ts'

interface Bag {
  values: number[]
}

// Keeps every value, so that one lost, doubled, or added to a slice's own accumulator shows.
const bags = {
  merges: 0,
  create: (): Bag => ({ values: [] }),
  merge(bag: Bag, other: Bag): Bag {
    bags.merges += 1
    bag.values.push(...other.values)
    return bag
  },
}

it('is what is in the window, in whatever order records come', () => {
  type Move = readonly ['push', number] | readonly ['evict', number] | readonly ['late', number]
  const move: fc.Arbitrary<Move> = fc.oneof(
    fc.tuple(fc.constant('push' as const), fc.integer({ min: 1, max: 3 })),
    fc.tuple(fc.constant('evict' as const), fc.integer({ min: 0, max: 8 })),
    fc.tuple(fc.constant('late' as const), fc.nat(12)),
  )
  fc.assert(
    fc.property(fc.array(move, { size: 'max', maxLength: 80 }), (moves) => {
      const stacks = new TwoStacks<Bag>(bags)
      const slices = new Map<number, Bag>()
      let newest = 0
      let oldest = 0
      moves.forEach(([kind, n], i) => {
        if (kind === 'push') {
          newest += n
          const slice = { values: [i] }
          slices.set(newest, slice)
          stacks.push(newest, slice)
        } else if (kind === 'evict') {
          oldest = Math.max(oldest, newest - n)
          stacks.evictBefore(oldest)
          for (const start of slices.keys()) if (start < oldest) slices.delete(start)
        } else {
          const start = newest - n
          if (start < oldest) return
          const slice = slices.get(start)
          if (slice === undefined) slices.set(start, { values: [i] })
          else slice.values.push(i)
          stacks.addLate(start, slices.get(start) as Bag, { values: [i] })
        }
        const expected = [...slices.values()].flatMap((slice) => slice.values).sort((a, b) => a - b)
        expect(stacks.isEmpty).toBe(slices.size === 0)
        if (slices.size > 0) expect([...stacks.value().values].sort((a, b) => a - b)).toEqual(expected)
      })
    }),
    { numRuns: propertyRuns() },
  )
})

it('merges a few times a slice, however many slices a window has', () => {
  for (const size of [2, 60, 600]) {
    const stacks = new TwoStacks<{ n: number }>({
      create: () => ({ n: 0 }),
      merge: (a, b) => {
        bags.merges += 1
        return { n: a.n + b.n }
      },
    })
    bags.merges = 0
    for (let i = 0; i < 6000; i++) {
      stacks.push(i, { n: 1 })
      stacks.evictBefore(i - size + 1)
      expect(stacks.value().n).toBe(Math.min(i + 1, size))
    }
    expect(bags.merges / 6000).toBeLessThan(6)
  }
})
