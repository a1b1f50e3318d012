import {
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { aggregateOf } from './aggregate.ts'
import type { LocalKinesis } from './local-kinesis.ts'

/** What is written: `n` ascends, also for each key. */
export interface NumberedRow {
  readonly key: string
  readonly n: number
}

/** One record of Kinesis: rows of one key. */
type Put = readonly [NumberedRow, ...NumberedRow[]]

const ROWS = 500

/** A stream that is written to, in the order of each key, while its shards are split and merged. */
export class ReshardedStream {
  readonly #kinesis: LocalKinesis
  readonly #name: string
  readonly #random: () => number
  readonly #rowsOfRecord: number
  /** Where each row has come to lie, by its number; what is in one aggregate has one sequence number. */
  readonly written: { readonly sequenceNumber: string; readonly shardId: string }[] = []

  private constructor(kinesis: LocalKinesis, name: string, random: () => number, rowsOfRecord: number) {
    this.#kinesis = kinesis
    this.#name = name
    this.#random = random
    this.#rowsOfRecord = rowsOfRecord
  }

  static async create(
    kinesis: LocalKinesis,
    name: string,
    shards: number,
    random: () => number,
    /** More than one: as an aggregate of Amazon's library for Node. */
    rowsOfRecord: number,
  ): Promise<ReshardedStream> {
    await kinesis.createStream(name, shards)
    return new ReshardedStream(kinesis, name, random, rowsOfRecord)
  }

  /** How many rows a `write` adds: about 500. */
  get rowsOfRequest(): number {
    return Math.floor(ROWS / this.#rowsOfRecord) * this.#rowsOfRecord
  }

  /** The next rows in one request, which holds each key once; it is over when all of them are in. */
  async write(): Promise<void> {
    const first = this.written.length
    const puts = Array.from({ length: this.rowsOfRequest / this.#rowsOfRecord }, (_, i) => {
      const row = (at: number): NumberedRow => ({ key: `key-${i}`, n: first + i * this.#rowsOfRecord + at })
      return [row(0), ...Array.from({ length: this.#rowsOfRecord - 1 }, (__, at) => row(at + 1))] as const
    })
    await this.#put(puts)
  }

  /** Splits a shard that is open, anywhere in its range of keys. */
  async split(): Promise<void> {
    const shards = await this.#open()
    const { ShardId, HashKeyRange } = shards[Math.floor(this.#random() * shards.length)] as Shard
    const [start, end] = [BigInt(HashKeyRange?.StartingHashKey ?? 0), BigInt(HashKeyRange?.EndingHashKey ?? 0)]
    const at = start + ((end - start) * BigInt(1 + Math.floor(this.#random() * 98))) / 100n
    const input = { StreamName: this.#name, ShardToSplit: ShardId, NewStartingHashKey: String(at) }
    await this.#kinesis.client.send(new SplitShardCommand(input))
    await this.#kinesis.whenActive(this.#name)
  }

  /** Merges two neighbours that are open. */
  async merge(): Promise<void> {
    const shards = await this.#open()
    const at = Math.floor(this.#random() * (shards.length - 1))
    const [left, right] = [shards[at] as Shard, shards[at + 1] as Shard]
    const input = { StreamName: this.#name, ShardToMerge: left.ShardId, AdjacentShardToMerge: right.ShardId }
    await this.#kinesis.client.send(new MergeShardsCommand(input))
    await this.#kinesis.whenActive(this.#name)
  }

  /** In the order of their keys. */
  async #open(): Promise<Shard[]> {
    const { Shards = [] } = await this.#kinesis.client.send(new ListShardsCommand({ StreamName: this.#name }))
    const start = ({ HashKeyRange }: Shard): bigint => BigInt(HashKeyRange?.StartingHashKey ?? 0)
    return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined).sort(
      (a, b) => (start(a) < start(b) ? -1 : 1),
    )
  }

  async #put(puts: readonly Put[]): Promise<void> {
    let left = puts
    while (left.length > 0) {
      const Records = await Promise.all(
        left.map(async (rows) => ({ Data: await dataOf(rows), PartitionKey: rows[0].key })),
      )
      const answer = await this.#kinesis.client.send(new PutRecordsCommand({ StreamName: this.#name, Records }))
      const refused: Put[] = []
      for (const [index, rows] of left.entries()) {
        const { SequenceNumber: sequenceNumber, ShardId: shardId } = answer.Records?.[index] ?? {}
        if (sequenceNumber === undefined || shardId === undefined) refused.push(rows)
        else for (const { n } of rows) this.written[n] = { sequenceNumber, shardId }
      }
      left = refused
    }
  }
}

async function dataOf(rows: Put): Promise<Buffer> {
  if (rows.length === 1) return Buffer.from(JSON.stringify(rows[0]))
  return aggregateOf(rows.map((row) => ({ key: row.key, data: JSON.stringify(row) })))
}
