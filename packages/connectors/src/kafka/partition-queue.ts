import type { RecordToProduce } from './client/kafka-client.ts'
import type { KafkaFault } from './client/kafka-fault.ts'

/** Sequence numbers are Kafka's signed 32 bits without the negative ones: after 2^31 - 1 comes 0. */
const SEQUENCES = 2 ** 31

export interface BatchLimits {
  /** Of keys, values and headers, before compression. One record always has room. */
  readonly bytes: number
  readonly records: number
}

/** Records of one partition that go, and go again, together. */
export interface Batch {
  readonly records: RecordToProduce[]
  bytes: number
  /** Of its first record; set when it is first sent, and kept. */
  firstSequence: number | undefined
  /** By `performance.now()`: when its first record came, and since when it could have gone. */
  readonly begunAt: number
  wantedAt: number | undefined
}

/**
 * What waits to be written to one partition, in order, as batches. The first is the one to send; it stays until it is acknowledged,
 * with the sequence number it had, so that a broker that has it already knows it again.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** In this transaction. */
  isAdded = false
  isInFlight = false
  /** By `performance.now()`: not before. */
  retryAt = 0
  failures = 0
  /** Of the first batch, since the last that was acknowledged. */
  lastFault: KafkaFault | undefined
  /** Of what was acknowledged since `begin`; `undefined` where no broker has said. */
  firstOffset: number | undefined
  lastOffset: number | undefined
  acknowledgedRecords = 0
  readonly #batches: Batch[] = []
  #nextSequence = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get head(): Batch | undefined {
    return this.#batches[0]
  }

  /** With another session: sequences are counted from 0 again. There is nothing in it. */
  begin(firstSequence = 0): void {
    this.isAdded = false
    this.firstOffset = undefined
    this.lastOffset = undefined
    this.acknowledgedRecords = 0
    this.#nextSequence = firstSequence
  }

  add(record: RecordToProduce, bytes: number, limits: BatchLimits, now: number): void {
    const last = this.#batches.at(-1)
    if (last !== undefined && hasRoom(last, bytes, limits)) {
      last.records.push(record)
      last.bytes += bytes
      return
    }
    this.#batches.push({ records: [record], bytes, firstSequence: undefined, begunAt: now, wantedAt: undefined })
  }

  /** Whether a batch has been begun, waits, and would take another record. */
  takesMore(limits: BatchLimits): boolean {
    const last = this.#batches.at(-1)
    return last !== undefined && hasRoom(last, 1, limits)
  }

  /** The first batch as it is to be sent. */
  take(): Batch & { firstSequence: number } {
    const batch = this.#batches[0] as Batch
    if (batch.firstSequence === undefined) {
      batch.firstSequence = this.#nextSequence
      this.#nextSequence = after(batch.firstSequence, batch.records.length)
    }
    return batch as Batch & { firstSequence: number }
  }

  /** The first batch is written, from this offset on; it is given back. */
  acknowledge(firstOffset: number | undefined): Batch {
    const batch = this.#batches.shift() as Batch
    const { length } = batch.records
    this.acknowledgedRecords += length
    this.failures = 0
    this.retryAt = 0
    this.lastFault = undefined
    if (firstOffset !== undefined) {
      this.firstOffset ??= firstOffset
      this.lastOffset = firstOffset + length - 1
    }
    return batch
  }

  /** Makes two of the first batch, which a broker has refused as too large: it holds none of it. */
  split(bytesOf: (record: RecordToProduce) => number): void {
    const { records, begunAt, wantedAt, firstSequence } = this.#batches[0] as Batch & { firstSequence: number }
    const middle = records.length >>> 1
    const part = (from: number, to: number): Batch => {
      const some = records.slice(from, to)
      const bytes = some.reduce((sum, record) => sum + bytesOf(record), 0)
      return { records: some, bytes, begunAt, wantedAt, firstSequence: after(firstSequence, from) }
    }
    this.#batches.splice(0, 1, part(0, middle), part(middle, records.length))
  }
}

function hasRoom(batch: Batch, bytes: number, limits: BatchLimits): boolean {
  // A batch that has been sent is never changed.
  if (batch.firstSequence !== undefined) return false
  return batch.records.length < limits.records && batch.bytes + bytes <= limits.bytes
}

function after(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES
}
