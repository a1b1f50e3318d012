import type { Compression, FetchedBatch, FetchedRecord } from '../kafka-client.ts'
import { KafkaFault } from '../kafka-fault.ts'
import { AT, CODEC_BITS, CODECS, CONTROL, LOG_APPEND_TIME, MAGIC, TRANSACTIONAL } from './batch-layout.ts'
import { ByteReader, readInt64 } from './byte-reader.ts'

/** @throws KafkaFault `UNSUPPORTED` where the client has no such codec. */
export type Decompress = (codec: Compression, bytes: Buffer) => Buffer

const NO_HEADERS: FetchedRecord['headers'] = []

/**
 * The batches in a partition's part of a fetch response; one that was cut short at its end is left out. Keys and values are
 * views of `bytes`: who keeps one keeps them all.
 *
 * Ours, and not the clients': one loses the order of headers and batches without records, the other takes three times the CPU
 * (1.4 µs a record of 200 bytes from socket to array; 0.45 here, of which 0.07 in this file). Checksums are not looked at: the broker
 * does when a batch arrives, TCP on the way.
 *
 * @throws KafkaFault `CORRUPT_MESSAGE`; `UNSUPPORTED` for a format older than Kafka 0.11 and for a codec that is not there.
 */
export function readBatches(bytes: Buffer, decompress: Decompress): readonly FetchedBatch[] {
  const batches: FetchedBatch[] = []
  let at = 0
  while (at + AT.magic < bytes.length) {
    if (bytes[at + AT.magic] !== MAGIC) throw new KafkaFault('UNSUPPORTED', 'records in a format older than Kafka 0.11')
    const end = at + AT.leaderEpoch + bytes.readInt32BE(at + AT.length)
    if (end > bytes.length) break
    batches.push(readBatch(bytes.subarray(at, end), decompress))
    at = end
  }
  return batches
}

function readBatch(bytes: Buffer, decompress: Decompress): FetchedBatch {
  const attributes = bytes.readInt16BE(AT.attributes)
  const firstOffset = readInt64(bytes, AT.firstOffset)
  const isControl = (attributes & CONTROL) !== 0
  const records = readRecords(bytes, attributes, firstOffset, decompress)
  return {
    lastOffset: firstOffset + bytes.readInt32BE(AT.lastOffsetDelta),
    producerId: String(bytes.readBigInt64BE(AT.producerId)),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    marker: isControl ? markerOf(records[0]?.key) : undefined,
    records: isControl ? [] : records,
  }
}

function readRecords(
  bytes: Buffer,
  attributes: number,
  firstOffset: number,
  decompress: Decompress,
): readonly FetchedRecord[] {
  const count = bytes.readInt32BE(AT.count)
  const body = openRecords(bytes, attributes, count, decompress)
  if (count < 0 || count > body.length) throw corrupt(firstOffset)
  const reader = body === bytes ? new ByteReader(body, AT.records) : new ByteReader(body)
  // The broker's time is one for the batch, whatever the records say.
  const isStamped = (attributes & LOG_APPEND_TIME) !== 0
  const firstTimestamp = readInt64(bytes, isStamped ? AT.maxTimestamp : AT.firstTimestamp)
  const records = new Array<FetchedRecord>(count)
  for (let index = 0; index < count; index++) {
    const length = reader.varint()
    const end = reader.position + length
    reader.skip(1) // Attributes, of which there are none.
    const delta = reader.varint()
    records[index] = {
      timestamp: isStamped ? firstTimestamp : firstTimestamp + delta,
      offset: firstOffset + reader.varint(),
      key: reader.bytes(),
      value: reader.bytes(),
      headers: readHeaders(reader),
    }
    if (reader.position !== end || end > body.length) throw corrupt(firstOffset)
  }
  return records
}

function openRecords(bytes: Buffer, attributes: number, count: number, decompress: Decompress): Buffer {
  const bits = attributes & CODEC_BITS
  if (bits === 0 || count === 0) return bytes
  const codec = CODECS[bits]
  if (codec === undefined) throw new KafkaFault('UNSUPPORTED', `records compressed by an unknown codec, number ${bits}`)
  try {
    return decompress(codec, bytes.subarray(AT.records))
  } catch (cause) {
    if (cause instanceof KafkaFault) throw cause
    throw corrupt(readInt64(bytes, AT.firstOffset), cause)
  }
}

function readHeaders(reader: ByteReader): FetchedRecord['headers'] {
  const count = reader.varint()
  if (count <= 0) return NO_HEADERS
  const headers: [string, Buffer | undefined][] = []
  for (let index = 0; index < count; index++) headers.push([reader.text(), reader.bytes()])
  return headers
}

/** A marker's key: version, type. */
function markerOf(key: Buffer | undefined): FetchedBatch['marker'] {
  const type = key !== undefined && key.length >= 4 ? key.readInt16BE(2) : -1
  return type === 0 ? 'abort' : type === 1 ? 'commit' : 'other'
}

function corrupt(firstOffset: number, cause?: unknown): KafkaFault {
  return new KafkaFault('CORRUPT_MESSAGE', `the batch at offset ${firstOffset} cannot be read`, { cause })
}
