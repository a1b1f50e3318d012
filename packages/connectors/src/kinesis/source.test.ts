import { MergeShardsCommand, PutRecordCommand, PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis'
import { createEnvironment, memoryStorage } from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, refuse, rewrite } from '../../test/aws/faults.ts'
import { aggregateOf } from '../../test/kinesis/aggregate.ts'
import { fillGaps } from '../../test/kinesis/fill-gaps.ts'
import { LocalKinesis } from '../../test/kinesis/local-kinesis.ts'
import { json } from '../formats/json.ts'
import { kinesisSource } from './source.ts'
import type { KinesisRecordInfo, KinesisSourceOptions } from './source-options.ts'

interface Row {
  readonly key: string
  readonly n: number
}

type Seen = Row & { readonly info: KinesisRecordInfo }

const STREAM = 'vitals'
const HALF = 2n ** 127n

let kinesis: LocalKinesis
let proxy: AwsFaultProxy

beforeEach(async () => {
  kinesis = await LocalKinesis.start()
  proxy = await AwsFaultProxy.listen(kinesis.endpoint)
  fillGaps(proxy, kinesis.client)
})

afterEach(async () => {
  proxy.close()
  await kinesis.close()
})

function source(options: Partial<KinesisSourceOptions<Row, Seen>> = {}) {
  return kinesisSource<Row, Seen>({
    stream: STREAM,
    format: json<Row>(),
    map: (row, info) => ({ ...row, info }),
    config: clientConfig(proxy.endpoint),
    poll: { every: 5, spacing: 0 },
    discoverEvery: 20,
    ...options,
  })
}

/** A sink that hands each record over as it comes. */
function collecting<T>(take: (value: T) => void): Sink<T> {
  return {
    kind: 'collecting',
    delivery: 'at-least-once',
    open: () => ({ write: (values) => values.forEach(take) }),
  }
}

interface Reading {
  readonly seen: Seen[]
  readonly rejected: { readonly split: string; readonly position: string; readonly code: string }[]
  /** Resolves when so many records have been seen. */
  has(count: number): Promise<void>
  stop(): Promise<void>
  readonly finished: Promise<unknown>
}

function read(from = source(), options: object = {}): Reading {
  const env = createEnvironment()
  const seen: Seen[] = []
  const rejected: Reading['rejected'] = []
  const waiters = new Set<{ count: number; resolve(): void }>()
  const stream = env.fromSource(from, { id: 'vitals', onReject: 'side-output' })
  stream.rejected().sinkTo(collecting<Reading['rejected'][number]>((reject) => void rejected.push(reject)))
  stream.sinkTo(
    collecting<Seen>((row) => {
      seen.push(row)
      for (const waiter of waiters) if (seen.length >= waiter.count) waiter.resolve()
    }),
  )
  const job = env.executeAsync({ checkpoints: { storage: memoryStorage() }, ...options })
  job.finished.catch(() => {})
  return {
    seen,
    rejected,
    has: (count) =>
      seen.length >= count
        ? Promise.resolve()
        : Promise.race([
            new Promise<void>((resolve) => waiters.add({ count, resolve })),
            job.finished.then(() => {
              throw new Error('the job has ended')
            }),
          ]),
    stop: async () => void (await job.stop()),
    finished: job.finished,
  }
}

/** One after the other: the service promises no order within a request. */
async function put(rows: readonly Row[], hashKeyOf?: (row: Row) => bigint): Promise<void> {
  for (const row of rows) {
    const ExplicitHashKey = hashKeyOf?.(row).toString()
    const Data = Buffer.from(JSON.stringify(row))
    await kinesis.client.send(
      new PutRecordCommand({ StreamName: STREAM, Data, PartitionKey: row.key, ExplicitHashKey }),
    )
  }
}

function rows(from: number, to: number, keys = 3): Row[] {
  return Array.from({ length: to - from }, (_, i) => ({ key: `k${(from + i) % keys}`, n: from + i }))
}

async function split(ShardToSplit: string, at: bigint): Promise<void> {
  const NewStartingHashKey = at.toString()
  await kinesis.client.send(new SplitShardCommand({ StreamName: STREAM, ShardToSplit, NewStartingHashKey }))
  await kinesis.whenActive(STREAM)
}

async function merge(ShardToMerge: string, AdjacentShardToMerge: string): Promise<void> {
  await kinesis.client.send(new MergeShardsCommand({ StreamName: STREAM, ShardToMerge, AdjacentShardToMerge }))
  await kinesis.whenActive(STREAM)
}

const shard = (n: number): string => `shardId-${String(n).padStart(12, '0')}`
const numbers = (seen: readonly Seen[]): number[] => seen.map(({ n }) => n).toSorted((a, b) => a - b)
const inTurn = (seen: readonly Seen[], key: string): number[] => seen.filter((row) => row.key === key).map(({ n }) => n)

function expectWhole(seen: readonly Seen[], expected: readonly Row[]): void {
  expect(numbers(seen)).toEqual(expected.map(({ n }) => n))
  for (const key of new Set(expected.map((row) => row.key))) {
    expect(inTurn(seen, key)).toEqual(expected.filter((row) => row.key === key).map(({ n }) => n))
  }
}

describe('kinesisSource', () => {
  it('reads all shards, and says where each record was read', async () => {
    await kinesis.createStream(STREAM, 3)
    await put(rows(0, 30, 7))
    const job = read()
    await job.has(30)
    await put(rows(30, 40, 7))
    await job.has(40)
    await job.stop()
    expectWhole(job.seen, rows(0, 40, 7))
    const stored = await kinesis.readAll(STREAM)
    const expected = stored.map(({ shardId, sequenceNumber, partitionKey }) => {
      return `${shardId} ${sequenceNumber} ${partitionKey}`
    })
    const told = job.seen.map(({ info }) => `${info.shardId} ${info.sequenceNumber} ${info.partitionKey}`)
    expect(told.toSorted()).toEqual(expected.toSorted())
    const [first] = job.seen
    expect(Math.abs((first?.info.arrivedAt ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(first?.info).toMatchObject({ stream: STREAM, subSequenceNumber: undefined, explicitHashKey: undefined })
  })

  it('reads a shard after those that it was split and merged from, and keeps the order of each key', async () => {
    await kinesis.createStream(STREAM, 2)
    await put(rows(0, 30, 8))
    await split(shard(0), HALF / 2n)
    await put(rows(30, 60, 8))
    await merge(shard(2), shard(3))
    await put(rows(60, 90, 8))
    const job = read()
    await job.has(90)
    await split(shard(1), HALF + HALF / 2n)
    await put(rows(90, 120, 8))
    await job.has(120)
    await job.stop()
    expectWhole(job.seen, rows(0, 120, 8))
    expect(new Set(job.seen.map(({ info }) => info.shardId)).size).toBe(7)
  })

  it('begins with the newest record, in shards that come later with their first', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 10))
    await split(shard(0), HALF)
    await put(rows(10, 20))
    const job = read(source({ start: 'latest' }))
    await proxy.called('GetRecords', 2)
    await put(rows(20, 30))
    await job.has(10)
    await merge(shard(1), shard(2))
    await put(rows(30, 40))
    await job.has(20)
    await job.stop()
    expectWhole(job.seen, rows(20, 40))
  })

  it('still begins with what was the newest record when its iterator has expired before another came', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 5))
    const then = Date.now() + 20
    while (Date.now() < then) await put([])
    const job = read(source({ start: 'latest' }))
    await proxy.called('GetRecords', 2)
    proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'))
    const asked = proxy.calls('GetShardIterator')
    await put(rows(5, 8))
    await proxy.called('GetShardIterator', asked + 1)
    await job.has(3)
    await job.stop()
    expect(numbers(job.seen)).toEqual([5, 6, 7])
  })

  it('begins at a time, also in shards that were closed by then', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 5))
    await split(shard(0), HALF)
    const timestamp = Date.now() + 20
    while (Date.now() < timestamp) await put([])
    await put(rows(5, 10))
    const job = read(source({ start: { timestamp } }))
    await job.has(5)
    await job.stop()
    expectWhole(job.seen, rows(5, 10))
  })

  it('begins at sequence numbers', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 10))
    const [, , , fourth] = await kinesis.readAll(STREAM)
    const sequenceNumbers = { [shard(0)]: fourth?.sequenceNumber ?? '' }
    const job = read(source({ start: { sequenceNumbers } }))
    await job.has(7)
    await job.stop()
    expectWhole(job.seen, rows(3, 10))
  })

  it('goes on from a checkpoint: each record once, whatever was split and merged meanwhile', async () => {
    const storage = memoryStorage()
    await kinesis.createStream(STREAM, 2)
    const seen: Seen[] = []
    for (let life = 0; life < 6; life++) {
      await put(rows(life * 20, life * 20 + 10, 5))
      const job = read(source(), { checkpoints: { storage } })
      await job.has(life === 0 ? 10 : 20)
      await job.stop()
      seen.push(...job.seen)
      if (life === 1) await split(shard(0), HALF / 2n)
      if (life === 2) await merge(shard(2), shard(3))
      if (life === 3) await split(shard(1), HALF + HALF / 2n)
      await put(rows(life * 20 + 10, life * 20 + 20, 5))
    }
    const last = read(source(), { checkpoints: { storage } })
    await last.has(10)
    await last.stop()
    expectWhole([...seen, ...last.seen], rows(0, 120, 5))
  })

  it('outlasts throttling, expired iterators, a service that is down and connections that are cut', async () => {
    await kinesis.createStream(STREAM, 2)
    await put(rows(0, 20))
    proxy.plan('GetRecords', refuse(400, 'ProvisionedThroughputExceededException'), { times: 3 })
    proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'), { after: 1 })
    proxy.plan('GetRecords', cutAfter(), { times: 2 })
    proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'), { times: 2 })
    proxy.plan('GetRecords', refuse(500, 'InternalFailure'), { times: 2 })
    proxy.plan('GetRecords', cutBefore(), { times: 2 })
    proxy.plan('ListShards', refuse(400, 'LimitExceededException'))
    const job = read()
    await job.has(20)
    for (let n = 20; n < 60; n += 5) {
      proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'))
      await put(rows(n, n + 5))
      await job.has(n + 5)
    }
    await job.stop()
    expectWhole(job.seen, rows(0, 60))
  })

  it('puts poison beside, with its place, and loses none of its neighbours', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 2))
    const aggregate = await aggregateOf([
      { key: 'k2', data: '{"key":"k2","n":2}' },
      { key: 'k0', data: '{"key":' },
      { key: 'k0', data: '{"key":"k0","n":3}' },
    ])
    const broken = Buffer.from(aggregate)
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
    const Datas = [Buffer.from('no JSON'), aggregate, broken, Buffer.from([0xff])]
    for (const Data of Datas) {
      const Records = [{ Data, PartitionKey: 'a' }]
      await kinesis.client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
    }
    await put(rows(4, 6))
    const job = read()
    await job.has(6)
    await job.stop()
    expect(numbers(job.seen)).toEqual([0, 1, 2, 3, 4, 5])
    const stored = await kinesis.readAll(STREAM)
    const at = (index: number): string => `sequence number ${stored[index]?.sequenceNumber}`
    expect(job.rejected.map(({ split: id, position }) => `${id} ${position}`)).toEqual([
      `${shard(0)} ${at(2)}`,
      `${shard(0)} ${at(3)}, record 1 of its aggregate`,
      `${shard(0)} ${at(4)}`,
      `${shard(0)} ${at(5)}`,
    ])
    expect(job.seen.map(({ info }) => info.subSequenceNumber)).toEqual([
      undefined,
      undefined,
      0,
      2,
      undefined,
      undefined,
    ])
  })

  it('keeps user records that belong to another shard, or drops them where it is told to', async () => {
    await kinesis.createStream(STREAM, 2)
    const low = { key: 'low', data: '{"key":"low","n":0}', hashKey: (HALF - 1n).toString() }
    const high = { key: 'high', data: '{"key":"high","n":1}', hashKey: HALF.toString() }
    const Data = await aggregateOf([low, high])
    const Records = [{ Data, PartitionKey: 'a', ExplicitHashKey: '0' }]
    await kinesis.client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
    const keeping = read()
    await keeping.has(2)
    await keeping.stop()
    expect(numbers(keeping.seen)).toEqual([0, 1])
    await put([{ key: 'k', n: 2 }], () => 0n)
    const dropping = read(source({ outsideShard: 'drop' }))
    await dropping.has(2)
    await dropping.stop()
    expect(numbers(dropping.seen)).toEqual([0, 2])
  })

  it('fails where what the checkpoint stands behind is gone, or counts it and goes on', async () => {
    const storage = memoryStorage()
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 3))
    const first = read(source(), { checkpoints: { storage } })
    await first.has(3)
    await first.stop()
    await put(rows(3, 9))
    // The stream has let go of the record that the job stands behind, and of two after it.
    const trimmed = rewrite(({ Records, ...rest }) => ({ ...rest, Records: (Records as object[]).slice(3) }))
    proxy.plan('GetRecords', trimmed)
    const failing = read(source(), { checkpoints: { storage } })
    await expect(failing.finished).rejects.toMatchObject({ cause: { code: 'KINESIS_RECORDS_LOST' } })
    proxy.heal()
    proxy.plan('GetRecords', trimmed)
    const going = read(source({ onLostRecords: 'continue' }), { checkpoints: { storage } })
    await going.has(4)
    expect(numbers(going.seen)).toEqual([5, 6, 7, 8])
    await going.stop()
  })

  it('notices that records are gone which it was too slow to read', async () => {
    await kinesis.createStream(STREAM, 1)
    await put(rows(0, 3))
    const job = read()
    await job.has(3)
    proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'))
    proxy.plan(
      'GetRecords',
      rewrite(({ Records, ...rest }) => ({ ...rest, Records: (Records as object[]).slice(1) })),
      { times: Number.POSITIVE_INFINITY },
    )
    await put(rows(3, 6))
    await expect(job.finished).rejects.toMatchObject({ cause: { code: 'KINESIS_RECORDS_LOST' } })
  })

  it('says that there is no such stream', async () => {
    await expect(read().finished).rejects.toThrow(/ListShards of source 'vitals' of stream 'vitals'/)
  })

  it.each([
    [{ stream: '' }, 'stream is'],
    [{ start: 'earliest' }, "start is 'earliest'"],
    [{ start: { timestamp: -1 } }, 'start.timestamp is -1'],
    [{ start: { sequenceNumbers: {} } }, 'start.sequenceNumbers names no shard'],
    [{ start: { sequenceNumbers: { s: 'x' } } }, "start.sequenceNumbers['s'] is no sequence number"],
    [{ poll: { records: 10_001 } }, 'poll.records is 10001'],
    [{ fanOut: { consumer: 'c' } }, 'fanOut.streamArn is'],
    [{ outsideShard: 'lose' }, "outsideShard is 'lose'"],
    [{ shard: 1 }, 'shard is no option'],
  ])('refuses an option that cannot be (%#)', (options, message) => {
    const make = () => kinesisSource({ stream: STREAM, format: json(), ...(options as object) } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'CONNECTOR_OPTION_INVALID' }))
    expect(make).toThrow(message)
  })
})
