import {
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import type { LocalKinesis } from './local-kinesis.ts'

/** What is written: `n` ascends, also for each key. */
export interface NumberedRow {
  readonly key: string
  readonly n: number
}

const KEYS = 500

/** A stream that is written to, in the order of each key, while its shards are split and merged. */
export class ReshardedStream {
  readonly #kinesis: LocalKinesis
  readonly #name: string
  readonly #random: () => number
  /** Where each row has come to lie, by its number; the sequence number tells it from a second one. */
  readonly written: { readonly sequenceNumber: string; readonly shardId: string }[] = []

  private constructor(kinesis: LocalKinesis, name: string, random: () => number) {
    this.#kinesis = kinesis
    this.#name = name
    this.#random = random
  }

  static async create(
    kinesis: LocalKinesis,
    name: string,
    shards: number,
    random: () => number,
  ): Promise<ReshardedStream> {
    await kinesis.createStream(name, shards)
    return new ReshardedStream(kinesis, name, random)
  }

  /** The next rows, a multiple of 500: a request holds each key once, and the next is made when all of it is in. */
  async write(rows: number): Promise<void> {
    for (let left = rows; left > 0; left -= KEYS) {
      const first = this.written.length
      await this.#put(Array.from({ length: KEYS }, (_, i) => ({ key: `key-${i}`, n: first + i })))
    }
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

  async #put(rows: readonly NumberedRow[]): Promise<void> {
    let left = rows
    while (left.length > 0) {
      const Records = left.map((row) => ({ Data: Buffer.from(JSON.stringify(row)), PartitionKey: row.key }))
      const answer = await this.#kinesis.client.send(new PutRecordsCommand({ StreamName: this.#name, Records }))
      const refused: NumberedRow[] = []
      for (const [index, row] of left.entries()) {
        const { SequenceNumber, ShardId } = answer.Records?.[index] ?? {}
        if (SequenceNumber === undefined || ShardId === undefined) refused.push(row)
        else this.written[row.n] = { sequenceNumber: SequenceNumber, shardId: ShardId }
      }
      left = refused
    }
  }
}
