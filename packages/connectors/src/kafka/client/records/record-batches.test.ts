import { gunzipSync, gzipSync } from 'node:zlib'
import { crc32c, Reader, readRecordsBatches } from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordToProduce } from '../kafka-client.ts'
import { AT } from './batch-layout.ts'
import { readBatches } from './read-batches.ts'
import { type BatchToWrite, writeBatch } from './write-batch.ts'

const codecs = { compress: (_: string, bytes: Buffer) => gzipSync(bytes), crc32c: (bytes: Buffer) => crc32c(bytes) }
const decompress = (_: string, bytes: Buffer) => gunzipSync(bytes)

const someBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
const someRecord = fc.record({
  key: fc.option(someBytes, { nil: undefined }),
  value: fc.option(someBytes, { nil: undefined }),
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), someBytes), { maxLength: 3 }),
})
const someRecords = fc.array(someRecord, { minLength: 1, maxLength: 200 })

function batch(records: readonly RecordToProduce[], more: Partial<BatchToWrite> = {}): Buffer {
  const session = { producerId: '12345678901234567', epoch: 7 }
  const plain = { session, isTransactional: true, firstSequence: 42, compression: 'none', records } as const
  return writeBatch({ ...plain, ...more }, codecs)
}

function atOffset(bytes: Buffer, firstOffset: bigint): Buffer {
  bytes.writeBigInt64BE(firstOffset, AT.firstOffset)
  return bytes
}

const record = (value: string): RecordToProduce => ({
  key: undefined,
  value: Buffer.from(value),
  timestamp: 1_000,
  headers: [],
})

describe('record batches', () => {
  it('are read as they were written, compressed or not', () => {
    fc.assert(
      fc.property(
        fc.array(someRecords, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('none', 'gzip'),
        (written, compression) => {
          const bytes = written.map((records, n) => atOffset(batch(records, { compression }), BigInt(n) * 1_000n))
          const read = readBatches(Buffer.concat(bytes), decompress)
          expect(read).toEqual(
            written.map((records, n) => ({
              lastOffset: n * 1_000 + records.length - 1,
              producerId: '12345678901234567',
              isTransactional: true,
              marker: undefined,
              records: records.map((each, index) => ({ ...each, offset: n * 1_000 + index })),
            })),
          )
        },
      ),
    )
  })

  it("are what a client's own decoder reads", () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const [read] = readRecordsBatches(Reader.from(batch(records)))
        expect(read).toMatchObject({
          producerId: 12345678901234567n,
          producerEpoch: 7,
          firstSequence: 42,
          lastOffsetDelta: records.length - 1,
          maxTimestamp: BigInt(Math.max(...records.map(({ timestamp }) => timestamp))),
        })
        const firstTimestamp = read?.firstTimestamp ?? 0n
        const back = read?.records.map((each) => ({
          key: each.key ?? undefined,
          value: each.value ?? undefined,
          timestamp: Number(firstTimestamp + each.timestampDelta),
          headers: Array.from(each.headers as Iterable<[Buffer, Buffer]>, ([name, value]) => [String(name), value]),
        }))
        expect(back).toEqual(records)
      }),
    )
  })

  it('carry a checksum of all that follows it', () => {
    const bytes = batch([record('a')])
    expect(bytes.readUInt32BE(AT.checksum)).toBe(crc32c(bytes.subarray(AT.attributes)))
  })

  it('leave out a batch that was cut short', () => {
    const [first, second] = [batch([record('a')]), atOffset(batch([record('b')]), 1n)]
    const cut = Buffer.concat([first, second]).subarray(0, -1)
    expect(readBatches(cut, decompress)).toHaveLength(1)
    expect(readBatches(cut.subarray(0, first.length + 5), decompress)).toHaveLength(1)
  })

  it("have the broker's time where the topic says so", () => {
    const bytes = batch([record('a'), { ...record('b'), timestamp: 5_000 }])
    bytes.writeInt16BE(bytes.readInt16BE(AT.attributes) | 8, AT.attributes)
    bytes.writeBigInt64BE(9_000n, AT.maxTimestamp)
    expect(readBatches(bytes, decompress)[0]?.records.map(({ timestamp }) => timestamp)).toEqual([9_000, 9_000])
  })

  it('may have lost all their records to compaction', () => {
    const bytes = atOffset(batch([record('a'), record('b')]).subarray(0, AT.records), 10n)
    bytes.writeInt32BE(0, AT.count)
    bytes.writeInt32BE(AT.records - AT.leaderEpoch, AT.length)
    expect(readBatches(bytes, decompress)).toMatchObject([{ lastOffset: 11, records: [] }])
  })

  it.each([
    [0, 'abort'],
    [1, 'commit'],
    [2, 'other'],
  ])("are the coordinator's word when marked as control: %i is %s", (type, marker) => {
    const bytes = batch([{ ...record(''), key: Buffer.from([0, 0, 0, type]) }])
    bytes.writeInt16BE(bytes.readInt16BE(AT.attributes) | 32, AT.attributes)
    expect(readBatches(bytes, decompress)).toMatchObject([{ marker, records: [], isTransactional: true }])
  })

  it('are refused when damaged, and tell where', () => {
    const bytes = atOffset(batch([record('abc'), record('def')]), 77n)
    bytes.writeInt8(100, AT.records)
    expect(() => readBatches(bytes, decompress)).toThrow(
      expect.objectContaining({ fault: 'CORRUPT_MESSAGE', message: 'the batch at offset 77 cannot be read' }),
    )
    const zipped = batch([record('abc')], { compression: 'gzip' })
    zipped.fill(0, AT.records)
    expect(() => readBatches(zipped, decompress)).toThrow(expect.objectContaining({ fault: 'CORRUPT_MESSAGE' }))
    zipped.writeInt16BE(6, AT.attributes)
    expect(() => readBatches(zipped, decompress)).toThrow(expect.objectContaining({ fault: 'UNSUPPORTED' }))
    zipped.writeInt8(1, AT.magic)
    expect(() => readBatches(zipped, decompress)).toThrow(expect.objectContaining({ fault: 'UNSUPPORTED' }))
  })
})
