import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PartitionBuffer } from './partition-buffer.ts'

const partition = { topic: 'vitals', partition: 0 }

function recordAt(offset: number) {
  return { offset, timestamp: offset * 10, key: undefined, value: undefined, headers: [] }
}

describe('a buffer of a partition', () => {
  test('gives each record before the end once and in order, however it came and is taken', () => {
    const runs = fc.array(fc.record({ skipped: fc.nat(3), records: fc.nat(5), behind: fc.nat(3) }), { maxLength: 12 })
    fc.assert(
      fc.property(
        runs,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.nat(30),
        (script, sizes, end) => {
          const buffer = new PartitionBuffer(partition, 0, end)
          const written: number[] = []
          let offset = 0
          for (const { skipped, records, behind } of script) {
            if (buffer.isFetched) break
            const offsets = Array.from({ length: records }, (_, index) => offset + skipped + index)
            written.push(...offsets)
            offset += skipped + records + behind
            buffer.add(offsets.map(recordAt), offset)
          }
          const taken: number[] = []
          for (let n = 0; ; n++) {
            const some = buffer.take(sizes[n % sizes.length] as number)
            if (some === undefined || some === 'end') {
              expect(some === 'end').toBe(offset >= end)
              break
            }
            expect(some.records.length).toBeGreaterThan(0)
            taken.push(...some.records.map((record) => record.offset))
            // Going on from the position leaves out nothing and repeats nothing.
            expect(some.nextOffset).toBeGreaterThan(taken.at(-1) as number)
            const wanted = written.filter((each) => each < end)
            const next = wanted.find((each) => each >= some.nextOffset)
            const following = wanted.find((each) => each > (taken.at(-1) as number))
            expect(next).toBe(following)
          }
          expect(taken).toEqual(written.filter((each) => each < end))
          expect(buffer.bytes).toBe(0)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('tells of a failure when all that came before it is taken', () => {
    const buffer = new PartitionBuffer(partition, 0, Number.POSITIVE_INFINITY)
    buffer.add([recordAt(0)], 1)
    buffer.fail(new Error('gone'))
    expect(buffer.take(5)).toMatchObject({ nextOffset: 1 })
    expect(() => buffer.take(5)).toThrow('gone')
  })

  test('wakes who waits for a record, a failure or the end of the job', async () => {
    const stop = new AbortController()
    const buffer = new PartitionBuffer(partition, 0, 3)
    const record = buffer.wait(stop.signal)
    expect(buffer.isAwaited).toBe(true)
    buffer.add([recordAt(0)], 1)
    await record
    expect(buffer.isAwaited).toBe(false)
    const end = buffer.wait(stop.signal)
    buffer.add([], 3)
    await end
    const job = buffer.wait(stop.signal)
    stop.abort(new Error('stopped'))
    await expect(job).rejects.toThrow('stopped')
  })
})
