import type { Compression, ProducerSession, RecordToProduce } from '../kafka-client.ts'
import { AT, CODECS, MAGIC, TRANSACTIONAL } from './batch-layout.ts'

export interface BatchToWrite {
  readonly session: ProducerSession
  readonly isTransactional: boolean
  readonly firstSequence: number
  readonly compression: Compression
  readonly records: readonly RecordToProduce[]
}

/** What a client library has for us. */
export interface BatchCodecs {
  /** @throws KafkaFault `UNSUPPORTED` where the client has no such codec. */
  compress(codec: Compression, bytes: Buffer): Buffer
  crc32c(bytes: Buffer): number
}

/** Longest form of a varint, of 64 bits. */
const VARINT_BYTES = 10

/** One batch (magic 2) of at least one record, as a produce request holds it. */
export function writeBatch(batch: BatchToWrite, codecs: BatchCodecs): Buffer {
  const { records, session } = batch
  const firstTimestamp = records[0]?.timestamp ?? 0
  let body = writeRecords(records, firstTimestamp)
  if (batch.compression !== 'none') body = codecs.compress(batch.compression, body)
  const bytes = Buffer.allocUnsafe(AT.records + body.length)
  body.copy(bytes, AT.records)
  bytes.writeBigInt64BE(0n, AT.firstOffset)
  bytes.writeInt32BE(bytes.length - AT.leaderEpoch, AT.length)
  bytes.writeInt32BE(-1, AT.leaderEpoch)
  bytes.writeInt8(MAGIC, AT.magic)
  bytes.writeInt16BE(CODECS.indexOf(batch.compression) | (batch.isTransactional ? TRANSACTIONAL : 0), AT.attributes)
  bytes.writeInt32BE(records.length - 1, AT.lastOffsetDelta)
  bytes.writeBigInt64BE(BigInt(firstTimestamp), AT.firstTimestamp)
  bytes.writeBigInt64BE(BigInt(maxTimestamp(records)), AT.maxTimestamp)
  bytes.writeBigInt64BE(BigInt(session.producerId), AT.producerId)
  bytes.writeInt16BE(session.epoch, AT.producerEpoch)
  bytes.writeInt32BE(batch.firstSequence, AT.firstSequence)
  bytes.writeInt32BE(records.length, AT.count)
  bytes.writeUInt32BE(codecs.crc32c(bytes.subarray(AT.attributes)), AT.checksum)
  return bytes
}

function maxTimestamp(records: readonly RecordToProduce[]): number {
  let max = -1
  for (const record of records) if (record.timestamp > max) max = record.timestamp
  return max
}

function writeRecords(records: readonly RecordToProduce[], firstTimestamp: number): Buffer {
  const names = records.map((record) => record.headers.map(([name]) => Buffer.from(name)))
  const rooms = records.map((record, index) => VARINT_BYTES + longest(record, names[index] ?? []))
  const bytes = Buffer.allocUnsafe(rooms.reduce((sum, room) => sum + room, 0))
  let at = 0
  for (const [index, record] of records.entries()) {
    const start = at
    // The length comes first and is known last: the record is written behind the longest length, then moved up.
    at = start + VARINT_BYTES
    at = writeRecord(bytes, at, record, names[index] ?? [], index, record.timestamp - firstTimestamp)
    const length = at - start - VARINT_BYTES
    const from = writeVarint(bytes, start, length)
    bytes.copyWithin(from, start + VARINT_BYTES, at)
    at = from + length
  }
  return bytes.subarray(0, at)
}

function longest(record: RecordToProduce, names: readonly Buffer[]): number {
  let bytes = 1 + 5 * VARINT_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const name of names) bytes += VARINT_BYTES + name.length
  for (const [, value] of record.headers) bytes += VARINT_BYTES + value.length
  return bytes
}

function writeRecord(
  bytes: Buffer,
  start: number,
  record: RecordToProduce,
  names: readonly Buffer[],
  index: number,
  timestampDelta: number,
): number {
  let at = bytes.writeInt8(0, start)
  at = writeVarint(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, index)
  at = writeBytes(bytes, at, record.key)
  at = writeBytes(bytes, at, record.value)
  at = writeVarint(bytes, at, names.length)
  for (const [header, [, value]] of record.headers.entries()) {
    at = writeBytes(bytes, at, names[header])
    at = writeBytes(bytes, at, value)
  }
  return at
}

function writeBytes(bytes: Buffer, start: number, value: Buffer | undefined): number {
  if (value === undefined) return writeVarint(bytes, start, -1)
  const at = writeVarint(bytes, start, value.length)
  return at + value.copy(bytes, at)
}

/** Zigzag; returns where it ends. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2
  let at = start
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}
