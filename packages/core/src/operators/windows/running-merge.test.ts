import fc from 'fast-check'
import { expect, it } from 'vitest'
import { propertyRuns } from '../../../test/property-runs.ts'
import { RunningMerge } from './running-merge.ts'

interface Bag {
  values: number[]
}

// Keeps every value, so that one lost, doubled, or added to a slice's own accumulator shows.
const bags = {
  touched: 0,
  create: (): Bag => ({ values: [] }),
  merge(bag: Bag, other: Bag): Bag {
    bags.touched += other.values.length
    bag.values.push(...other.values)
    return bag
  },
  unmerge(bag: Bag, other: Bag): Bag {
    bags.touched += other.values.length
    for (const value of other.values) {
      const at = bag.values.indexOf(value)
      if (at < 0) throw new Error('what was never merged was taken back')
      bag.values.splice(at, 1)
    }
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
      const running = new RunningMerge<Bag>(bags)
      const slices = new Map<number, Bag>()
      let newest = 0
      let oldest = 0
      moves.forEach(([kind, n], i) => {
        if (kind === 'push') {
          newest += n
          const slice = { values: [i] }
          slices.set(newest, slice)
          running.push(newest, slice)
        } else if (kind === 'evict') {
          oldest = Math.max(oldest, newest - n)
          running.evictBefore(oldest)
          for (const start of slices.keys()) if (start < oldest) slices.delete(start)
        } else {
          const start = newest - n
          if (start < oldest) return
          const slice = slices.get(start)
          if (slice === undefined) slices.set(start, { values: [i] })
          else slice.values.push(i)
          running.addLate(start, slices.get(start) as Bag, { values: [i] })
        }
        const expected = [...slices.values()].flatMap((slice) => slice.values).sort((a, b) => a - b)
        expect(running.isEmpty).toBe(slices.size === 0)
        expect([...running.value().values].sort((a, b) => a - b)).toEqual(expected)
      })
    }),
    { numRuns: propertyRuns() },
  )
})

it('touches what a slice holds twice, however many slices a window has', () => {
  for (const slices of [2, 10, 60, 600]) {
    const running = new RunningMerge<Bag>(bags)
    bags.touched = 0
    for (let start = 0; start < 2_000; start++) {
      running.push(start, { values: [start, start, start] })
      running.evictBefore(start - slices + 1)
    }
    expect(bags.touched).toBe(3 * (2_000 + 2_000 - slices))
  }
})
