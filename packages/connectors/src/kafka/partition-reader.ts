import type { OperatorMetrics, Reject, SourceBatch, SplitReader } from '@millrace/core/connector'
import { type MessageCodec, Undecodable } from '../formats/message-format.ts'
import { rawMessage } from '../formats/raw-message.ts'
import type { FetchedRecord } from './client/kafka-client.ts'
import type { Fetcher } from './fetcher.ts'
import { type KafkaPosition, splitId } from './kafka-position.ts'
import type { PartitionBuffer, TakenRecords } from './partition-buffer.ts'
import type { KafkaRecordInfo, ParsedKafkaSource } from './source-options.ts'

/** What a reader of a partition works with; the same for all of one source. */
export interface PartitionReading<T, R> {
  readonly fetcher: Fetcher
  readonly codec: MessageCodec<T>
  readonly options: Pick<ParsedKafkaSource<T, R>, 'map' | 'mapTombstone'>
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
}

interface Batch<R> {
  readonly values: R[]
  readonly rejects: { readonly before: number; readonly reject: Reject }[]
}

/** Decodes the records of one partition as they are asked for. */
export class PartitionReader<T, R> implements SplitReader<R> {
  readonly start: KafkaPosition
  readonly #buffer: PartitionBuffer
  readonly #reading: PartitionReading<T, R>
  readonly #split: string

  constructor(buffer: PartitionBuffer, start: KafkaPosition, reading: PartitionReading<T, R>) {
    this.start = start
    this.#buffer = buffer
    this.#reading = reading
    this.#split = splitId(buffer)
    reading.fetcher.add(buffer)
  }

  read(maxRecords: number): SourceBatch<R> | undefined | Promise<SourceBatch<R> | undefined> {
    const taken = this.#buffer.take(maxRecords)
    if (taken === undefined) return this.#wait(maxRecords)
    if (taken === 'end') {
      this.#reading.fetcher.updateLag()
      return undefined
    }
    this.#reading.fetcher.pump()
    return this.#decode(taken)
  }

  close(): void {
    this.#reading.fetcher.remove(this.#buffer)
  }

  /** Where to go on when all that was given up to `offset` has been used: what does not count behind it is passed over. */
  passOver(offset: number): number {
    return offset === this.#givenUpTo ? Math.max(offset, this.#buffer.readOffset) : offset
  }

  #givenUpTo = -1

  async #wait(maxRecords: number): Promise<SourceBatch<R> | undefined> {
    const waiting = this.#buffer.wait(this.#reading.signal)
    this.#reading.fetcher.updateLag()
    this.#reading.fetcher.pump()
    await waiting
    return this.read(maxRecords)
  }

  #decode({ records, nextOffset }: TakenRecords): SourceBatch<R> | Promise<SourceBatch<R>> {
    const batch: Batch<R> = { values: [], rejects: [] }
    const undecided = this.#decodeFrom(0, records, batch)
    return undecided === undefined
      ? this.#finish(batch, nextOffset)
      : undecided.then(() => this.#finish(batch, nextOffset))
  }

  /** Decodes up to the end, or to a record that has to be waited for; then the promise is for the rest. */
  #decodeFrom(first: number, records: readonly FetchedRecord[], batch: Batch<R>): Promise<void> | undefined {
    const { codec } = this.#reading
    for (let index = first; index < records.length; index++) {
      const record = records[index] as FetchedRecord
      if (record.value === undefined) {
        this.#addTombstone(record, batch)
        continue
      }
      const decoded = codec.decode(record.value)
      if (!(decoded instanceof Promise)) {
        this.#add(record, decoded, batch)
        continue
      }
      return decoded.then((value) => {
        this.#add(record, value, batch)
        return this.#decodeFrom(index + 1, records, batch)
      })
    }
    return undefined
  }

  #add(record: FetchedRecord, decoded: T | Undecodable, batch: Batch<R>): void {
    if (decoded instanceof Undecodable) this.#reject(record, decoded, batch)
    else {
      const { map } = this.#reading.options
      // Without a map, R is T.
      batch.values.push(map === undefined ? (decoded as unknown as R) : map(decoded, this.#infoOf(record)))
    }
  }

  #addTombstone(record: FetchedRecord, batch: Batch<R>): void {
    const { mapTombstone } = this.#reading.options
    if (mapTombstone !== undefined) batch.values.push(mapTombstone(this.#infoOf(record)))
    else this.#reject(record, new Undecodable('tombstone', 'has no value'), batch)
  }

  #reject({ offset, value }: FetchedRecord, { code, reason }: Undecodable, batch: Batch<R>): void {
    const raw = value === undefined ? '' : rawMessage(value)
    batch.rejects.push({
      before: batch.values.length,
      reject: { split: this.#split, position: `offset ${offset}`, code, reason, raw },
    })
  }

  #infoOf({ offset, timestamp, key, headers }: FetchedRecord): KafkaRecordInfo {
    const { topic, partition } = this.#buffer
    return { topic, partition, offset, timestamp, key, headers }
  }

  #finish({ values, rejects }: Batch<R>, nextOffset: number): SourceBatch<R> {
    this.#givenUpTo = nextOffset
    const position: KafkaPosition = { ...this.start, offset: nextOffset }
    return rejects.length === 0 ? { values, position } : { values, rejects, position }
  }
}
