import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countingRecords } from './aborted-records.ts'
import type { FetchedBatch } from './client/kafka-client.ts'

/** What one producer does next: a run of records, in its transaction or out of any, or the end of its transaction. */
interface Step {
  readonly producer: number
  readonly does: 'write' | 'write plain' | 'commit' | 'abort'
  readonly records: number
}

const steps = fc.array(
  fc.record<Step>({
    producer: fc.integer({ min: 0, max: 3 }),
    does: fc.constantFrom('write', 'write', 'write plain', 'commit', 'abort'),
    records: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 40 },
)

/** The log that the steps make, as a broker keeps it, and what a reader of committed records is to see of it. */
function logOf(script: readonly Step[]): {
  readonly batches: FetchedBatch[]
  readonly aborted: { readonly producerId: string; readonly firstOffset: number; readonly lastOffset: number }[]
  readonly committed: number[]
} {
  const batches: FetchedBatch[] = []
  const aborted: { producerId: string; firstOffset: number; lastOffset: number }[] = []
  const committed: number[] = []
  const open = new Map<number, { readonly first: number; readonly offsets: number[] }>()
  let offset = 0
  for (const { producer, does, records } of script) {
    const producerId = String(producer)
    if (does === 'commit' || does === 'abort') {
      const written = open.get(producer)
      if (written === undefined) continue
      open.delete(producer)
      if (does === 'commit') committed.push(...written.offsets)
      else aborted.push({ producerId, firstOffset: written.first, lastOffset: offset })
      batches.push({ lastOffset: offset, producerId, isTransactional: true, marker: does, records: [] })
      offset += 1
      continue
    }
    const offsets = Array.from({ length: records }, (_, index) => offset + index)
    // A batch that compaction has left without records still takes up its offset.
    const lastOffset = offset + Math.max(records, 1) - 1
    const isTransactional = does === 'write'
    if (isTransactional) {
      const before = open.get(producer) ?? { first: offset, offsets: [] }
      open.set(producer, { first: before.first, offsets: [...before.offsets, ...offsets] })
    } else committed.push(...offsets)
    const common = { timestamp: 0, key: undefined, value: undefined, headers: [] }
    batches.push({
      lastOffset,
      producerId: isTransactional ? producerId : '-1',
      isTransactional,
      marker: undefined,
      records: offsets.map((each) => ({ offset: each, ...common })),
    })
    offset = lastOffset + 1
  }
  // Nothing of a transaction that is still open is given: the broker stops at its first record.
  const stable = Math.min(offset, ...[...open.values()].map(({ first }) => first))
  return {
    batches: batches.filter(({ lastOffset }) => lastOffset < stable),
    aborted: aborted.sort((a, b) => a.firstOffset - b.firstOffset),
    committed: committed.filter((each) => each < stable).sort((a, b) => a - b),
  }
}

describe('records that count', () => {
  test('are those of no transaction and of committed ones, from any offset on', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (script, seed) => {
        const { batches, aborted, committed } = logOf(script)
        const end = (batches.at(-1)?.lastOffset ?? -1) + 1
        const from = end === 0 ? 0 : seed % end
        // A broker gives the whole batch that the offset is in, and the aborted transactions that reach into what it gives.
        const given = batches.filter(({ lastOffset }) => lastOffset >= from)
        const listed = aborted.filter(({ lastOffset }) => lastOffset >= from)
        const found = countingRecords({ batches: given, aborted: listed }, from).map(({ offset }) => offset)
        expect(found).toEqual(committed.filter((offset) => offset >= from))
      }),
      { numRuns: 2_000 },
    )
  })

  test('are all where nothing is listed as aborted: reading uncommitted', () => {
    const { batches } = logOf([
      { producer: 1, does: 'write', records: 2 },
      { producer: 1, does: 'abort', records: 0 },
    ])
    expect(countingRecords({ batches, aborted: [] }, 0).map(({ offset }) => offset)).toEqual([0, 1])
  })
})
