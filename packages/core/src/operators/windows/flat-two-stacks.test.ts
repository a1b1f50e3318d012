import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FlatTwoStacks } from './flat-two-stacks.ts'

// A cell a record, which counts it: one that is lost, doubled, or in a slice's own row shows.
const CELLS = 81
const bags = {
  width: CELLS,
  merge(cells: Float64Array, at: number, others: Float64Array, from: number): void {
    for (let i = 0; i < CELLS; i++) cells[at + i] = (cells[at + i] as number) + (others[from + i] as number)
  },
}

function bagOf(records: readonly number[]): Float64Array {
  const cells = new Float64Array(CELLS)
  for (const record of records) cells[record] = (cells[record] as number) + 1
  return cells
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
      const stacks = new FlatTwoStacks(bags)
      const slices = new Map<number, number[]>()
      let newest = 0
      let oldest = 0
      moves.forEach(([kind, n], i) => {
        if (kind === 'push') {
          newest += n
          slices.set(newest, [i])
          // Not at the beginning of an array, as in a pane.
          stacks.push(newest, Float64Array.of(0.5, ...bagOf([i])), 1)
        } else if (kind === 'evict') {
          oldest = Math.max(oldest, newest - n)
          stacks.evictBefore(oldest)
          for (const start of slices.keys()) if (start < oldest) slices.delete(start)
        } else {
          const start = newest - n
          if (start < oldest) return
          slices.set(start, [...(slices.get(start) ?? []), i])
          stacks.addLate(start, bagOf(slices.get(start) ?? []), 0, bagOf([i]))
        }
        expect(stacks.isEmpty).toBe(slices.size === 0)
        if (slices.size === 0) return
        const at = stacks.value()
        const records = [...stacks.cells.subarray(at, at + CELLS)].flatMap((times, record) =>
          Array.from({ length: times }, () => record),
        )
        expect(records).toEqual([...slices.values()].flat().sort((a, b) => a - b))
      })
    }),
    { numRuns: 1000 },
  )
})

it('merges a few times a slice, and keeps room for two windows, however many slices a window has', () => {
  for (const size of [2, 60, 600]) {
    let merges = 0
    const stacks = new FlatTwoStacks({
      width: 1,
      merge(cells, at, others, from) {
        merges += 1
        cells[at] = (cells[at] as number) + (others[from] as number)
      },
    })
    for (let i = 0; i < 6000; i++) {
      stacks.push(i, Float64Array.of(1), 0)
      stacks.evictBefore(i - size + 1)
      const at = stacks.value()
      expect(stacks.cells[at]).toBe(Math.min(i + 1, size))
    }
    expect(merges / 6000).toBeLessThan(4)
    // Two cells a row; at most twice what the fullest moment needs twice.
    expect(stacks.cells.length).toBeLessThanOrEqual(2 * (4 * (size + 1) + 2))
  }
})
