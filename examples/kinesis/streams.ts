import { createHash } from 'node:crypto'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import type { VitalsMessage } from '../kafka/generated-ward.ts'

// What is around a job and not its business: the streams, and devices that write to one. By the client's own API.

/** Makes a stream of one shard. */
export async function createStream(client: KinesisClient, StreamName: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await whenActive(client, StreamName)
}

/** A patient's messages in their order: they have the same key. */
export async function sendVitals(client: KinesisClient, messages: readonly VitalsMessage[]): Promise<void> {
  for (const { patientId, value } of messages) {
    const record = { StreamName: 'vitals', PartitionKey: patientId, Data: Buffer.from(value) }
    await client.send(new PutRecordCommand(record))
  }
}

/** Splits the one shard, so that each child has half of the patients. */
export async function splitBetween(client: KinesisClient, StreamName: string, patients: readonly string[]) {
  const hashes = patients.map(hashOf).sort((a, b) => (a < b ? -1 : 1))
  const NewStartingHashKey = String(hashes[patients.length / 2])
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  await client.send(new SplitShardCommand({ StreamName, ShardToSplit: Shards[0]?.ShardId, NewStartingHashKey }))
  await whenActive(client, StreamName)
}

/** Everything in a stream of one shard. */
export async function everythingIn<T>(client: KinesisClient, StreamName: string): Promise<T[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  const from = { StreamName, ShardId: Shards[0]?.ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(from))
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
  return Records.map(({ Data }) => JSON.parse(Buffer.from(Data as Uint8Array).toString()) as T)
}

/** By which a shard is chosen. */
function hashOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`)
}

async function whenActive(client: KinesisClient, StreamName: string): Promise<void> {
  for (let status: string | undefined; status !== 'ACTIVE'; ) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    status = StreamDescriptionSummary?.StreamStatus
  }
}
