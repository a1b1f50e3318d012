import { errorName } from '../error-name.ts'
import type { FetchedPartition } from '../kafka-client.ts'
import { readInt64 } from '../records/byte-reader.ts'
import { type Decompress, readBatches } from '../records/read-batches.ts'
import { refuse } from '../refuse.ts'

/**
 * The answer to Fetch, version 11. Ours, since the library drops batches without records, and the order of headers.
 * https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function readFetchAnswer(bytes: Buffer, decompress: Decompress): readonly FetchedPartition[] {
  const cursor = new Cursor(bytes)
  cursor.int32() // For how long the broker will not read our next request.
  refuse('Fetch', cursor.int16())
  cursor.int32() // Session.
  const topics = cursor.array(() => {
    const topic = cursor.text()
    return cursor.array(() => readPartition(cursor, topic, decompress))
  })
  return topics.flat()
}

function readPartition(cursor: Cursor, topic: string, decompress: Decompress): FetchedPartition {
  return {
    topic,
    partition: cursor.int32(),
    error: errorName(cursor.int16()),
    highWatermark: cursor.int64(),
    lastStableOffset: cursor.int64(),
    logStartOffset: cursor.int64(),
    aborted: cursor
      .array(() => ({ producerId: String(cursor.bigint64()), firstOffset: cursor.int64() }))
      .sort((a, b) => a.firstOffset - b.firstOffset),
    preferredNode: nodeOrNone(cursor.int32()),
    batches: readBatches(cursor.bytes(), decompress),
  }
}

function nodeOrNone(node: number): number | undefined {
  return node < 0 ? undefined : node
}

/** Reads Kafka's older encoding, in which lengths are of fixed size. */
class Cursor {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }

  int64(): number {
    return readInt64(this.#bytes, this.#advance(8))
  }

  bigint64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8))
  }

  text(): string {
    const length = this.int16()
    const from = this.#advance(length)
    return this.#bytes.toString('utf8', from, from + length)
  }

  /** None where the length is -1. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    const from = this.#advance(length)
    return this.#bytes.subarray(from, from + length)
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }

  #advance(length: number): number {
    const from = this.#position
    this.#position += length
    return from
  }
}
