import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { createEnvironment, memoryStorage } from '@millrace/core'
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, refuse } from '../../test/aws/faults.ts'
import { json } from '../formats/json.ts'
import { kinesisSource } from './source.ts'
import type { KinesisStart } from './source-options.ts'

interface Row {
  readonly n: number
}

let proxy: AwsFaultProxy
let kinesis: KinesisClient
let streams = 0

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
  kinesis = new KinesisClient(clientConfig(inject('aws').ministack))
})
afterEach(() => proxy.heal())
afterAll(() => proxy.close())

async function createStream(ShardCount: number): Promise<{ stream: string; streamArn: string }> {
  const stream = `fan-out-${streams++}`
  await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount }))
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
  return { stream, streamArn: StreamDescriptionSummary?.StreamARN ?? '' }
}

async function put(StreamName: string, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const Data = Buffer.from(JSON.stringify({ n }))
    await kinesis.send(new PutRecordCommand({ StreamName, Data, PartitionKey: `k${n % 7}` }))
  }
}

function read(
  { stream, streamArn }: { stream: string; streamArn: string },
  options: { start?: KinesisStart; storage?: ReturnType<typeof memoryStorage> } = {},
) {
  const seen: number[] = []
  const { start = 'trim-horizon', storage = memoryStorage() } = options
  const env = createEnvironment()
  const source = kinesisSource({
    stream,
    format: json<Row>(),
    start,
    fanOut: { consumer: 'ward', streamArn },
    config: clientConfig(proxy.endpoint),
    discoverEvery: 50,
  })
  env.fromSource(source, { id: 'vitals' }).sinkTo({
    kind: 'collecting',
    delivery: 'at-least-once',
    open: () => ({ write: (values) => void seen.push(...values.map(({ n }) => n)) }),
  })
  const job = env.executeAsync({ checkpoints: { storage } })
  job.finished.catch(() => {})
  const has = (count: number) =>
    vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(count), { timeout: 30_000, interval: 10 })
  return { seen, job, has }
}

const sorted = (seen: readonly number[]): number[] => seen.toSorted((a, b) => a - b)
const upTo = (count: number): number[] => [...Array(count).keys()]

it('is pushed the records of all shards, those that are there and those that come', async () => {
  const stream = await createStream(3)
  await put(stream.stream, 0, 50)
  const { seen, job, has } = read(stream)
  await has(50)
  await put(stream.stream, 50, 70)
  await has(70)
  await job.stop()
  expect(sorted(seen)).toEqual(upTo(70))
  expect(proxy.calls('GetRecords')).toBe(0)
})

it('goes on from a checkpoint, with each record once', async () => {
  const storage = memoryStorage()
  const stream = await createStream(2)
  await put(stream.stream, 0, 20)
  const first = read(stream, { storage })
  await first.has(20)
  await first.job.stop()
  await put(stream.stream, 20, 40)
  const second = read(stream, { storage })
  await second.has(20)
  await second.job.stop()
  expect(sorted([...first.seen, ...second.seen])).toEqual(upTo(40))
})

it('subscribes anew when a subscription is refused, in use, or broken', async () => {
  const stream = await createStream(1)
  await put(stream.stream, 0, 10)
  proxy.plan('SubscribeToShard', refuse(400, 'ResourceInUseException'), { times: 2 })
  proxy.plan('SubscribeToShard', refuse(500, 'InternalFailure'))
  const { seen, job, has } = read(stream)
  await has(10)
  for (let n = 10; n < 40; n += 10) {
    proxy.cut()
    await put(stream.stream, n, n + 10)
    await has(n + 10)
  }
  await job.stop()
  expect(seen).toEqual(upTo(40))
})

it('begins with the newest record', async () => {
  const stream = await createStream(1)
  await put(stream.stream, 0, 5)
  const asked = proxy.calls('SubscribeToShard')
  const { seen, job, has } = read(stream, { start: 'latest' })
  await proxy.called('SubscribeToShard', asked + 1)
  // The service has taken the subscription when it has answered it: records that come later are pushed.
  await vi.waitFor(async () => {
    await put(stream.stream, 5, 6)
    expect(seen.length).toBeGreaterThan(0)
  })
  await has(1)
  await job.stop()
  expect(new Set(seen)).toEqual(new Set([5]))
})

it('reads a shard that ends to its end', async () => {
  const stream = await createStream(1)
  await put(stream.stream, 0, 10)
  const { seen, job, has } = read(stream)
  await has(10)
  const half = (2n ** 127n).toString()
  await kinesis.send(
    new SplitShardCommand({
      StreamName: stream.stream,
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: half,
    }),
  )
  await put(stream.stream, 10, 20)
  await has(20)
  await job.stop()
  expect(seen.slice(0, 10)).toEqual(upTo(10))
  expect(sorted(seen)).toEqual(upTo(20))
})

it('says that the consumer may not be registered', async () => {
  const stream = await createStream(1)
  proxy.plan('DescribeStreamConsumer', refuse(400, 'ResourceNotFoundException'))
  proxy.plan('RegisterStreamConsumer', cutAfter())
  proxy.plan('RegisterStreamConsumer', refuse(400, 'AccessDeniedException'))
  await expect(read(stream).job.finished).rejects.toMatchObject({ cause: { code: 'AWS_NOT_AUTHORIZED' } })
})
