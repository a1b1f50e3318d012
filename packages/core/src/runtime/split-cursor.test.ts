import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SplitSnapshot } from '../checkpoint/checkpoint.ts'
import type { Reject, SourceBatch, SplitReader } from '../operators/sources/source.ts'
import { SplitCursor } from './split-cursor.ts'

type Row = { readonly value: number } | { readonly reject: number }

/** Reads rows from a position, cut as `cuts` says, sometimes making the caller wait; adds to `ends` where it cut them. */
function readerOf(
  rows: readonly Row[],
  position: number,
  cuts: readonly number[],
  waits: boolean,
  ends: Set<number>,
): SplitReader<number> {
  let at = position
  let cut = 0
  const read = (): SourceBatch<number> | undefined => {
    if (at >= rows.length) return undefined
    const values: number[] = []
    const rejects: { before: number; reject: Reject }[] = []
    const end = Math.min(rows.length, at + (cuts[cut++ % cuts.length] as number))
    for (; at < end; at++) {
      const row = rows[at] as Row
      if ('value' in row) values.push(row.value)
      else {
        const reject = { split: 's', position: String(row.reject), code: 'bad', reason: 'bad', raw: '' }
        rejects.push({ before: values.length, reject })
      }
    }
    ends.add(at)
    return { values, rejects, position: at }
  }
  return { read: () => (waits ? Promise.resolve(read()) : read()) }
}

it('gives the same rows in the same order, however they are cut and wherever it is restored', async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 30 }),
      fc.array(cuts, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(30), { maxLength: 5 }),
      fc.boolean(),
      async (kinds, allCuts, restoreAt, waits) => {
        const rows = kinds.map((isValue, i): Row => (isValue ? { value: i } : { reject: i }))
        const taken: Row[] = []
        let attempt = 0
        let ends = new Set<number>()
        const open = (restored: SplitSnapshot | undefined): SplitCursor<number> => {
          const cursor = new SplitCursor<number>({ id: 's' }, 0, 0, 0, restored)
          const position = (cursor.position as number | undefined) ?? 0
          ends = new Set()
          cursor.openWith(readerOf(rows, position, allCuts[attempt++ % allCuts.length] as number[], waits, ends))
          return cursor
        }
        let cursor = open(undefined)
        const restores = [...restoreAt]
        for (;;) {
          while (restores.includes(taken.length)) {
            restores.splice(restores.indexOf(taken.length), 1)
            cursor = open(structuredClone(cursor.snapshot()))
          }
          const wait = cursor.fill(3)
          if (wait !== undefined) {
            await wait
            continue
          }
          if (cursor.isFinished) break
          const reject = cursor.nextReject()
          if (reject === undefined) {
            taken.push({ value: cursor.head() })
            cursor.takeHead()
          } else {
            taken.push({ reject: Number(reject.position) })
            cursor.takeReject()
          }
          const { position = 0, skipRecords, skipRejects, records } = cursor.snapshot()
          expect((position as number) + skipRecords + skipRejects).toBe(taken.length)
          // Behind a batch that is used up, whether or not there is another.
          if (ends.has(taken.length)) expect(position).toBe(taken.length)
          expect(records).toBe(taken.filter((row) => 'value' in row).length)
          expect(cursor.records).toBe(records)
        }
        expect(taken).toEqual(rows)
      },
    ),
    { numRuns: 1_000 },
  )
})

it('stands where its reader begins as soon as it is open, unless it was told where', () => {
  const reader = { start: 7, read: () => undefined }
  const fresh = new SplitCursor<number>({ id: 's' }, 0, 0, 0, undefined)
  fresh.openWith(reader)
  expect(fresh.snapshot().position).toBe(7)
  const restored = new SplitCursor<number>({ id: 's' }, 0, 0, 0, { ...fresh.snapshot(), position: 9 })
  restored.openWith(reader)
  expect(restored.snapshot().position).toBe(9)
})
