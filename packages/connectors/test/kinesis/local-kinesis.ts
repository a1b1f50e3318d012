import { once } from 'node:events'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import kinesalite from 'kinesalite'
import { clientConfig } from '../aws/client-config.ts'

/** A record as it lies in a shard. */
export interface StoredRecord {
  readonly shardId: string
  readonly sequenceNumber: string
  readonly partitionKey: string
  readonly data: Buffer
}

/** Kinesis in this process, on 127.0.0.1 and a free port. */
export class LocalKinesis {
  readonly #server: Server
  readonly endpoint: string
  readonly client: KinesisClient

  private constructor(server: Server, port: number) {
    this.#server = server
    this.endpoint = `http://127.0.0.1:${port}`
    this.client = new KinesisClient(clientConfig(this.endpoint))
  }

  static async start(port: number = 0): Promise<LocalKinesis> {
    const server = kinesalite({ createStreamMs: 1, deleteStreamMs: 1, updateStreamMs: 1, shardLimit: 1_000 })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return new LocalKinesis(server, typeof address === 'object' && address !== null ? address.port : port)
  }

  async createStream(StreamName: string, ShardCount: number): Promise<void> {
    await this.client.send(new CreateStreamCommand({ StreamName, ShardCount }))
    await this.whenActive(StreamName)
  }

  async whenActive(StreamName: string): Promise<void> {
    for (;;) {
      const { StreamDescriptionSummary } = await this.client.send(new DescribeStreamSummaryCommand({ StreamName }))
      if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return
      await sleep(2)
    }
  }

  /** Every record of the stream, shard by shard, in the order of each. */
  async readAll(StreamName: string): Promise<StoredRecord[]> {
    const { Shards = [] } = await this.client.send(new ListShardsCommand({ StreamName }))
    const all = await Promise.all(Shards.map(({ ShardId }) => this.#readShard(StreamName, ShardId as string)))
    return all.flat()
  }

  async close(): Promise<void> {
    this.client.destroy()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #readShard(StreamName: string, ShardId: string): Promise<StoredRecord[]> {
    const stored: StoredRecord[] = []
    const start = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    let iterator = (await this.client.send(start)).ShardIterator
    while (iterator !== undefined) {
      const { Records = [], NextShardIterator } = await this.client.send(
        new GetRecordsCommand({ ShardIterator: iterator }),
      )
      if (Records.length === 0) break
      stored.push(...Records.map((record) => storedRecord(ShardId, record)))
      iterator = NextShardIterator
    }
    return stored
  }
}

function storedRecord(shardId: string, { SequenceNumber, PartitionKey, Data }: KinesisRecord): StoredRecord {
  return {
    shardId,
    sequenceNumber: SequenceNumber as string,
    partitionKey: PartitionKey as string,
    data: Buffer.from(Data as Uint8Array),
  }
}
