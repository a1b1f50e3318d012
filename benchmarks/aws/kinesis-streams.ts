import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { config } from './peer.ts'
import { type Reading, ReadingsSeen } from './readings.ts'

const SHARDS = 4
const RECORDS_OF_AN_ANSWER = 10_000

export function kinesis(): KinesisClient {
  return new KinesisClient(config())
}

export async function freshStream(client: KinesisClient, name: string): Promise<string> {
  const StreamName = `${name}-${randomUUID().slice(0, 8)}`
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: SHARDS }))
  for (;;) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return StreamName
    await pause(20)
  }
}

/** What is in the stream, which is deleted then. */
export async function takenFrom(client: KinesisClient, stream: string): Promise<ReadingsSeen> {
  const seen = new ReadingsSeen()
  await readAll(client, stream, (reading) => seen.add(reading))
  await client.send(new DeleteStreamCommand({ StreamName: stream }))
  return seen
}

/** All shards side by side, each to its end as of now: as one reads a stream by hand, at the pace that the peer answers. */
export async function readAll(client: KinesisClient, StreamName: string, take: (r: Reading) => void): Promise<void> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  await Promise.all(Shards.map(({ ShardId }) => readShard(client, StreamName, ShardId as string, take)))
}

async function readShard(
  client: KinesisClient,
  StreamName: string,
  ShardId: string,
  take: (r: Reading) => void,
): Promise<void> {
  const begin = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
  let iterator = (await client.send(begin)).ShardIterator
  for (;;) {
    const input = { ShardIterator: iterator, Limit: RECORDS_OF_AN_ANSWER }
    const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand(input))
    if (Records.length === 0) return
    for (const { Data } of Records) take(JSON.parse(Buffer.from(Data as Uint8Array).toString()) as Reading)
    iterator = NextShardIterator
  }
}
