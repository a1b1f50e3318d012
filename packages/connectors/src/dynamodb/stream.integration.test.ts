import { createEnvironment, memoryStorage } from '@millrace/core'
import { type Sink, sourceContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { ChangedTable } from '../../test/aws/changed-table.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, refuse, rewrite } from '../../test/aws/faults.ts'
import type { DynamoDbChange } from './change.ts'
import { dynamoDbStream } from './stream.ts'
import type { DynamoDbStreamOptions } from './stream-options.ts'

const TOO_MANY_DIGITS = '12345678901234567890.5'
const opened: ChangedTable[] = []
let endpoint: string
let proxy: AwsFaultProxy
let tables = 0

beforeAll(async () => {
  endpoint = inject('aws').dynamoDb
  proxy = await AwsFaultProxy.listen(endpoint)
})
afterEach(() => proxy.heal())
afterAll(() => {
  proxy.close()
  for (const table of opened) table.close()
})

async function created(
  ...view: Parameters<typeof ChangedTable.create> extends [string, string, ...infer V] ? V : never
) {
  const table = await ChangedTable.create(endpoint, `millrace-changes-${tables++}`, ...view)
  opened.push(table)
  return table
}

function source<R = DynamoDbChange>(table: ChangedTable, options: Partial<DynamoDbStreamOptions<R>> = {}) {
  return dynamoDbStream<R>({
    table: table.name,
    config: clientConfig(proxy.endpoint),
    poll: { every: 5, spacing: 0 },
    discoverEvery: 50,
    ...options,
  })
}

function collecting<T>(take: (value: T) => void): Sink<T> {
  return {
    kind: 'collecting',
    delivery: 'at-least-once',
    open: () => ({ write: (values) => values.forEach(take) }),
  }
}

function read(from: ReturnType<typeof source>, options: object = {}) {
  const env = createEnvironment()
  const seen: DynamoDbChange[] = []
  const rejected: { readonly position: string; readonly code: string; readonly reason: string }[] = []
  const stream = env.fromSource(from, { id: 'changes', onReject: 'side-output' })
  stream.rejected().sinkTo(collecting((reject) => void rejected.push(reject as never)))
  let look: () => void = () => undefined
  stream.sinkTo(
    collecting<DynamoDbChange>((change) => {
      seen.push(change)
      look()
    }),
  )
  const job = env.executeAsync({ checkpoints: { storage: memoryStorage() }, ...options })
  job.finished.catch(() => {})
  return {
    seen,
    rejected,
    finished: job.finished,
    has: (count: number) =>
      Promise.race([
        new Promise<void>((resolve) => {
          look = () => seen.length >= count && resolve()
          look()
        }),
        job.finished.then(() => {
          throw new Error('the job has ended')
        }),
      ]),
    stop: async () => void (await job.stop()),
  }
}

const numbers = (seen: readonly DynamoDbChange[]): unknown[] => seen.map(({ newImage }) => newImage?.n)
const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i)

async function putAll(table: ChangedTable, ns: readonly number[]): Promise<void> {
  for (const n of ns) await table.put(`k${n % 3}`, n)
}

describe('a DynamoDB stream as a source', () => {
  const rows = upTo(12).map((n) => ({ n }))
  const cases = sourceContract<{ n: number }>({
    create: async () => {
      const table = await created()
      await putAll(table, upTo(12))
      const [shard = ''] = await table.shardIds()
      const from = source<{ n: number }>(table, { map: ({ newImage }) => ({ n: newImage?.n as number }) })
      return { source: from, expected: { [shard]: rows } }
    },
    rowsPerSplit: 12,
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('says what was inserted, modified and removed, with the item before and after', async () => {
    const table = await created()
    const before = Date.now() - 120_000
    await table.put('a', 1)
    await table.put('a', 2)
    await table.remove('a')
    const job = read(source(table))
    await job.has(3)
    await job.stop()
    const about = { keys: { id: 'a' }, isExpiry: false, shardId: (await table.shardIds())[0] }
    expect(job.seen).toMatchObject([
      { ...about, change: 'insert', oldImage: undefined, newImage: { id: 'a', n: 1 } },
      { ...about, change: 'modify', oldImage: { id: 'a', n: 1 }, newImage: { id: 'a', n: 2 } },
      { ...about, change: 'remove', oldImage: { id: 'a', n: 2 }, newImage: undefined },
    ])
    for (const { time } of job.seen) expect(time).toBeGreaterThan(before)
    const sequence = job.seen.map(({ sequenceNumber }) => BigInt(sequenceNumber))
    expect(sequence).toEqual(sequence.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('has only the keys where the stream has only them', async () => {
    const table = await created('KEYS_ONLY')
    await table.put('a', 1)
    const job = read(source(table))
    await job.has(1)
    await job.stop()
    expect(job.seen).toMatchObject([{ keys: { id: 'a' }, oldImage: undefined, newImage: undefined }])
  })

  it('tells a removal by the time to live from any other', async () => {
    const table = await created()
    await table.put('a', 1)
    proxy.plan(
      'GetRecords',
      rewrite((answer) => ({
        ...answer,
        Records: (answer.Records as object[]).map((record) => ({
          ...record,
          userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
        })),
      })),
    )
    const job = read(source(table))
    await job.has(1)
    await job.stop()
    expect(job.seen[0]?.isExpiry).toBe(true)
  })

  it('gives a number that JavaScript has none for as its digits, and loses none of its neighbours', async () => {
    const table = await created()
    await table.put('a', 1)
    await table.put('a', TOO_MANY_DIGITS)
    await table.put('a', '12345678901234567890')
    await table.put('a', 3)
    const job = read(source(table))
    await job.has(4)
    await job.stop()
    expect(numbers(job.seen)).toEqual([1, TOO_MANY_DIGITS, 12345678901234567890n, 3])
  })

  it('rejects what is no change, and none of its neighbours', async () => {
    const table = await created()
    await putAll(table, upTo(3))
    proxy.plan(
      'GetRecords',
      rewrite((answer) => {
        const [first, second, ...more] = answer.Records as { eventName: string }[]
        const { eventName: _, ...nameless } = second ?? { eventName: '' }
        return { ...answer, Records: [first, nameless, ...more] }
      }),
    )
    const job = read(source(table))
    await job.has(2)
    await job.stop()
    expect(numbers(job.seen)).toEqual([0, 2])
    expect(job.rejected).toMatchObject([
      { code: 'dynamodb-change-invalid', reason: 'has no name of a change, or no key' },
    ])
  })

  it('begins with the newest change where it is asked to', async () => {
    const table = await created()
    await putAll(table, upTo(5))
    const job = read(source(table, { start: 'latest' }))
    await proxy.called('GetRecords', proxy.calls('GetRecords') + 2)
    await putAll(table, upTo(9, 5))
    await job.has(4)
    await job.stop()
    expect(numbers(job.seen)).toEqual([5, 6, 7, 8])
  })

  it('goes on from a checkpoint: each change once', async () => {
    const table = await created()
    const storage = memoryStorage()
    const seen: DynamoDbChange[] = []
    for (let life = 0; life < 4; life++) {
      await putAll(table, upTo(life * 10 + 10, life * 10))
      const job = read(source(table), { checkpoints: { storage } })
      await job.has(10)
      await job.stop()
      seen.push(...job.seen)
    }
    expect(numbers(seen)).toEqual(upTo(40))
  })

  it('outlasts throttling, expired iterators, a service that is down and connections that are cut', async () => {
    const table = await created()
    await putAll(table, upTo(10))
    proxy.plan('ListStreams', refuse(400, 'ThrottlingException'))
    proxy.plan('DescribeStream', refuse(400, 'LimitExceededException'))
    proxy.plan('GetShardIterator', refuse(500, 'InternalServerError'))
    proxy.plan('GetRecords', refuse(400, 'ProvisionedThroughputExceededException'), { times: 2 })
    proxy.plan('GetRecords', cutAfter(), { times: 2 })
    proxy.plan('GetRecords', cutBefore(), { times: 2 })
    const job = read(source(table))
    await job.has(10)
    for (let n = 10; n < 40; n += 5) {
      proxy.plan('GetRecords', refuse(400, 'ExpiredIteratorException'))
      await putAll(table, upTo(n + 5, n))
      await job.has(n + 5)
    }
    await job.stop()
    expect(numbers(job.seen)).toEqual(upTo(40))
  })

  it('fails where what it stands behind is gone, or goes on with the oldest that there is and counts', async () => {
    const table = await created()
    const storage = memoryStorage()
    await putAll(table, upTo(5))
    const first = read(source(table), { checkpoints: { storage } })
    await first.has(5)
    await first.stop()
    proxy.plan('GetShardIterator', refuse(400, 'TrimmedDataAccessException'))
    const failing = read(source(table), { checkpoints: { storage } })
    await expect(failing.finished).rejects.toThrow(/DYNAMODB_CHANGES_LOST|does not hold any more/)
    await putAll(table, upTo(8, 5))
    // The first change that comes is not the one that the job stands behind.
    proxy.plan(
      'GetRecords',
      rewrite((answer) => ({ ...answer, Records: (answer.Records as object[]).slice(1) })),
    )
    const going = read(source(table, { onLostRecords: 'continue' }), { checkpoints: { storage } })
    await going.has(3)
    await going.stop()
    expect(numbers(going.seen)).toEqual([5, 6, 7])
  })

  it('says that a table has no stream', async () => {
    const table = await created()
    proxy.plan(
      'ListStreams',
      rewrite((answer) => ({ ...answer, Streams: [] })),
      { times: 10 },
    )
    const job = read(source(table))
    await expect(job.finished).rejects.toThrow(/has no stream/)
  })

  it('reads on when the service was killed and has come up again', async () => {
    const peer = await AwsPeer.dynamoDb({ keeps: true })
    try {
      const table = await ChangedTable.create(peer.endpoint, 'killed')
      opened.push(table)
      await putAll(table, upTo(5))
      const job = read(source(table, { config: clientConfig(peer.endpoint) }))
      await job.has(5)
      await peer.kill()
      await peer.start()
      await putAll(table, upTo(10, 5))
      await job.has(10)
      await job.stop()
      expect(numbers(job.seen)).toEqual(upTo(10))
    } finally {
      await peer.close()
    }
  })
})
