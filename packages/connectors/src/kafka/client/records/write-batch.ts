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
  let room = 0
  for (const record of records) room += VARINT_BYTES + longest(record)
  const bytes = Buffer.allocUnsafe(room)
  let at = 0
  let index = 0
  for (const record of records) {
    const start = at
    // The length comes first and is known last: the record is written behind the longest length, then moved up.
    at = writeRecord(bytes, start + VARINT_BYTES, record, index++, record.timestamp - firstTimestamp)
    const length = at - start - VARINT_BYTES
    const from = writeVarint(bytes, start, length)
    bytes.copyWithin(from, start + VARINT_BYTES, at)
    at = from + length
  }
  return bytes.subarray(0, at)
}

function longest({ key, value, headers }: RecordToProduce): number {
  let bytes = 1 + 5 * VARINT_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) bytes += 2 * VARINT_BYTES + Buffer.byteLength(name) + content.length
  return bytes
}

function writeRecord(
  bytes: Buffer,
  start: number,
  { key, value, headers }: RecordToProduce,
  index: number,
  timestampDelta: number,
): number {
  let at = bytes.writeInt8(0, start)
  at = writeVarint(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, index)
  at = writeBytes(bytes, at, key)
  at = writeBytes(bytes, at, value)
  at = writeVarint(bytes, at, headers.length)
  for (const [name, content] of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(name))
    at += bytes.write(name, at)
    at = writeBytes(bytes, at, content)
  }
  return at
}

function writeBytes(bytes: Buffer, start: number, value: Buffer | undefined): number {
  if (value === undefined) return writeVarint(bytes, start, -1)
  const at = writeVarint(bytes, start, value.length)
  bytes.set(value, at)
  return at + value.length
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
