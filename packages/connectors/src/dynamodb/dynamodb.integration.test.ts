import { sinkContract, sourceContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { createTable, itemsOf } from '../../test/aws/dynamodb-table.ts'
import { cutAfter, cutBefore, failEntries, refuse } from '../../test/aws/faults.ts'
import { dynamoDbLookup } from './lookup.ts'
import { dynamoDbScan } from './scan.ts'
import { dynamoDbSink } from './sink.ts'
import type { DynamoDbSinkOptions } from './sink-options.ts'
import { dynamoDbTransactions } from './transactions.ts'

interface Reading {
  readonly id: string
  readonly time: number
  readonly value: number
}

const SLOW = 'ProvisionedThroughputExceededException'
let endpoint: string
let proxy: AwsFaultProxy
let tables = 0
const stopping = new AbortController()
const context = { operatorId: 'latest', signal: stopping.signal, restored: false }

beforeAll(async () => {
  endpoint = inject('aws').dynamoDb
  proxy = await AwsFaultProxy.listen(endpoint)
})
afterEach(() => proxy.heal())
afterAll(() => {
  stopping.abort()
  proxy.close()
})

async function created(hasSortKey = false): Promise<string> {
  const name = `millrace-dynamodb-${tables++}`
  await createTable(endpoint, name, hasSortKey)
  return name
}

const sinkTo = (table: string, options: Partial<DynamoDbSinkOptions<Reading>> = {}) =>
  dynamoDbSink<Reading>({ table, key: ({ id }) => id, config: clientConfig(proxy.endpoint), ...options })

async function writeAll(sink: ReturnType<typeof sinkTo>, readings: readonly Reading[]): Promise<void> {
  const writer = await sink.open(context)
  try {
    for (let at = 0; at < readings.length; at += 50) {
      const run = readings.slice(at, at + 50)
      await writer.write(
        run,
        run.map(({ time }) => time),
      )
    }
    await writer.prepareCommit?.(1)
  } finally {
    await writer.close?.()
  }
}

const byId = (items: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  items.toSorted((a, b) => String(a.id).localeCompare(String(b.id)))

const newest = { newestBy: ({ time }: Reading) => time, newestAttribute: 'time' }

describe.each([
  ['that puts', {}],
  ['that keeps the newest', newest],
])('a DynamoDB sink %s', (_name, options) => {
  const cases = sinkContract<Reading>({
    create: async () => {
      const table = await created()
      return {
        sink: sinkTo(table, { ...options, config: clientConfig(endpoint) }),
        read: () => itemsOf(endpoint, table),
      }
    },
    record: (n) => ({ id: `p-${n}`, time: n, value: n * 2 }),
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('outlasts throttling, conflicts, a service that is down, cut connections and lost answers', async () => {
    const table = await created()
    for (const operation of ['PutItem', 'BatchWriteItem']) {
      proxy.plan(operation, refuse(400, SLOW), { times: 2 })
      proxy.plan(operation, refuse(500, 'InternalServerError'), { times: 2 })
      proxy.plan(operation, cutBefore())
      proxy.plan(operation, cutAfter(), { times: 2 })
      proxy.plan(operation, refuse(400, 'TransactionConflictException'), { times: 2 })
    }
    const readings = Array.from({ length: 300 }, (_, n) => ({ id: `p-${n % 40}`, time: n, value: n }))
    await writeAll(sinkTo(table, options), readings)
    expect(byId(await itemsOf(endpoint, table))).toEqual(byId(readings.slice(-40).map((reading) => ({ ...reading }))))
  })

  it('goes on when the service is back', async () => {
    const peer = await AwsPeer.dynamoDb({ keeps: true })
    try {
      await createTable(peer.endpoint, 'kept')
      const writer = await sinkTo('kept', { ...options, config: clientConfig(peer.endpoint) }).open(context)
      await writer.write([{ id: 'a', time: 1, value: 1 }], [1])
      await writer.prepareCommit?.(1)
      await peer.kill()
      const writing = Promise.resolve(writer.write([{ id: 'b', time: 2, value: 2 }], [2])).then(() =>
        writer.prepareCommit?.(2),
      )
      await peer.start()
      await writing
      await writer.close?.()
      expect(byId(await itemsOf(peer.endpoint, 'kept')).map(({ id }) => id)).toEqual(['a', 'b'])
    } finally {
      await peer.close()
    }
  })

  it('gives up after retryFor, and at once where there is no such table', async () => {
    const table = await created()
    for (const operation of ['PutItem', 'BatchWriteItem']) {
      proxy.plan(operation, refuse(400, SLOW), { times: Number.POSITIVE_INFINITY })
    }
    const reading = { id: 'a', time: 1, value: 1 }
    await expect(writeAll(sinkTo(table, { ...options, retryFor: 200 }), [reading])).rejects.toMatchObject({
      code: 'AWS_THROTTLED',
    })
    await expect(sinkTo('nowhere', options).open(context)).rejects.toMatchObject({
      code: 'AWS_RESOURCE_MISSING',
      message: expect.stringContaining("DescribeTable of sink 'latest' of table 'nowhere'"),
    })
  })
})

describe('a DynamoDB sink that puts', () => {
  it('sends again only what was left unprocessed, and keeps the order of each key', async () => {
    const table = await created()
    for (let n = 0; n < 20; n++)
      proxy.plan(
        'BatchWriteItem',
        failEntries((index) => (index * 5 + n) % 3 === 0, SLOW),
      )
    const readings = Array.from({ length: 400 }, (_, n) => ({ id: `p-${n % 30}`, time: n, value: n }))
    await writeAll(sinkTo(table), readings)
    expect(byId(await itemsOf(endpoint, table))).toEqual(byId(readings.slice(-30).map((reading) => ({ ...reading }))))
  })

  it('deletes, puts again, and writes when an item may be deleted', async () => {
    const table = await created(true)
    const sink = dynamoDbSink<Reading>({
      table,
      key: ({ id, time }) => [id, time],
      item: ({ value }) => ({ value, tags: new Set(['a']), note: undefined, big: 2n ** 60n, raw: new Uint8Array([1]) }),
      remove: ({ value }) => value < 0,
      expiresAt: ({ value }) => (value === 5 ? 1_500 : undefined),
      config: clientConfig(proxy.endpoint),
    })
    const at = (time: number, value: number): Reading => ({ id: 'p', time, value })
    await writeAll(sink, [at(1, 1), at(2, 2), at(1, -1), at(3, 3), at(2, -1), at(2, 5)])
    const items = (await itemsOf(endpoint, table)).toSorted((a, b) => Number(a.at) - Number(b.at))
    expect(items.map(({ id, at: sort, value, ttl }) => [id, sort, value, ttl])).toEqual([
      ['p', 2, 5, 2],
      ['p', 3, 3, undefined],
    ])
    expect(items[0]).not.toHaveProperty('note')
  })
})

describe('a DynamoDB sink that keeps the newest', () => {
  it('lets no older reading win, whichever comes last; of two of one time the first stays', async () => {
    const table = await created()
    const put = (time: number, value: number) => writeAll(sinkTo(table, newest), [{ id: 'p', time, value }])
    for (const [time, value] of [
      [5, 1],
      [3, 2],
      [9, 3],
      [9, 4],
      [8, 5],
    ] as const) {
      await put(time, value)
    }
    expect(await itemsOf(endpoint, table)).toEqual([{ id: 'p', time: 9, value: 3 }])
  })

  it('writes only the newest of those that wait for one key', async () => {
    const table = await created()
    const before = proxy.calls('PutItem')
    await writeAll(
      sinkTo(table, newest),
      Array.from({ length: 1_000 }, (_, n) => ({ id: `p-${n % 2}`, time: (n * 7) % 1_000, value: n })),
    )
    expect((await itemsOf(endpoint, table)).map(({ time }) => time).toSorted()).toEqual([998, 999])
    expect(proxy.calls('PutItem') - before).toBeLessThan(200)
  })
})

describe('a scan', () => {
  const rows = Array.from({ length: 60 }, (_, n) => ({ id: `p-${n}`, time: n, value: n }))
  const cases = sourceContract<Reading>({
    create: async () => {
      const table = await created()
      await writeAll(sinkTo(table), rows)
      const config = clientConfig(endpoint)
      return {
        source: dynamoDbScan<Reading>({ table, segments: 3, pageItems: 7, map: (item) => item as never, config }),
      }
    },
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('reads each item once, over all segments and pages, as the filter says', async () => {
    const table = await created()
    await writeAll(sinkTo(table), rows)
    for (const operation of ['Scan']) proxy.plan(operation, refuse(400, SLOW), { times: 3 })
    const source = dynamoDbScan<Reading>({
      table,
      segments: 4,
      pageItems: 5,
      map: (item) => item as never,
      scan: {
        FilterExpression: '#v >= :v',
        ExpressionAttributeNames: { '#v': 'value' },
        ExpressionAttributeValues: { ':v': 20 },
      },
      config: clientConfig(proxy.endpoint),
    })
    const reader = source.createReader(context)
    const seen: number[] = []
    for (const split of await source.createEnumerator(context).discover()) {
      const opened = await reader.openSplit(split, undefined)
      for (let batch = await opened.read(4); batch !== undefined; batch = await opened.read(4)) {
        seen.push(...batch.values.map(({ value }) => value))
      }
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 20))
  })
})

describe('a look-up', () => {
  it('asks for many keys at once, for each once, and again for those left unprocessed', async () => {
    const table = await created()
    const rows = Array.from({ length: 250 }, (_, n) => ({ id: `p-${n}`, time: n, value: n }))
    await writeAll(sinkTo(table), rows)
    proxy.plan('BatchGetItem', refuse(400, SLOW))
    proxy.plan(
      'BatchGetItem',
      failEntries((index) => index % 2 === 0, SLOW),
      { times: 2 },
    )
    const lookup = await dynamoDbLookup({ table, config: clientConfig(proxy.endpoint) })
    const asked = proxy.calls('BatchGetItem')
    const ids = Array.from({ length: 500 }, (_, n) => `p-${n % 260}`)
    const found = await Promise.all(ids.map((id) => lookup.get(id)))
    expect(found.map((item) => item?.value)).toEqual(ids.map((id) => rows.find((row) => row.id === id)?.value))
    const requests = proxy.calls('BatchGetItem') - asked
    expect(requests).toBeLessThan(9)
    await Promise.all(ids.map((id) => lookup.get(id)))
    expect(proxy.calls('BatchGetItem') - asked).toBe(requests)
    lookup.close()
  })

  it('rejects those who asked when it cannot answer', async () => {
    const table = await created()
    const lookup = await dynamoDbLookup({ table, config: clientConfig(proxy.endpoint), cache: false })
    proxy.plan('BatchGetItem', refuse(400, 'AccessDeniedException'))
    await expect(lookup.get('a')).rejects.toMatchObject({ code: 'AWS_NOT_AUTHORIZED' })
    expect(await lookup.get('a')).toBeUndefined()
    await expect(lookup.get(['a', 1])).rejects.toMatchObject({ code: 'CONNECTOR_OPTION_INVALID' })
    lookup.close()
  })
})

describe('transactions', () => {
  const transfer = (table: string, options: object = {}) =>
    dynamoDbTransactions<Reading>({
      transaction: ({ id, value }) => [
        { Put: { TableName: table, Item: { id, value }, ConditionExpression: 'attribute_not_exists(id)' } },
        {
          Update: {
            TableName: table,
            Key: { id: 'sum' },
            UpdateExpression: 'ADD #sum :value',
            ExpressionAttributeNames: { '#sum': 'sum' },
            ExpressionAttributeValues: { ':value': value },
          },
        },
      ],
      token: ({ id }) => `${table.slice(-6)}-${id}`,
      config: clientConfig(proxy.endpoint),
      ...options,
    })

  it('have no second effect when an answer was lost or the record comes again', async () => {
    const table = await created()
    proxy.plan('TransactWriteItems', cutAfter(), { times: 3 })
    proxy.plan('TransactWriteItems', refuse(400, 'TransactionInProgressException'))
    const readings = Array.from({ length: 20 }, (_, n) => ({ id: `t-${n}`, time: n, value: n }))
    await writeAll(transfer(table) as never, readings)
    await writeAll(transfer(table) as never, readings)
    const items = await itemsOf(endpoint, table)
    expect(items).toHaveLength(21)
    expect(items.find(({ id }) => id === 'sum')?.sum).toBe(190)
  })

  it('are made one after the other for one key', async () => {
    const table = await created()
    const key = () => 'all'
    await writeAll(
      transfer(table, { key }) as never,
      Array.from({ length: 30 }, (_, n) => ({ id: `t-${n}`, time: n, value: 1 })),
    )
    expect((await itemsOf(endpoint, table)).find(({ id }) => id === 'sum')?.sum).toBe(30)
  })

  it('fail where a condition does not hold, with the code of each write and no value; or are counted', async () => {
    const table = await created()
    await writeAll(sinkTo(table), [{ id: 'Ada', time: 0, value: 0 }])
    const reading = { id: 'Ada', time: 1, value: 7 }
    const refused = writeAll(transfer(table) as never, [reading])
    await expect(refused).rejects.toMatchObject({ code: 'DYNAMODB_TRANSACTION_REFUSED' })
    await expect(refused).rejects.toThrow('was canceled: ConditionalCheckFailed, None')
    await expect(refused).rejects.not.toThrow('Ada')
    await writeAll(transfer(table, { onConditionFailed: 'skip', token: () => 'another' }) as never, [reading])
    expect(await itemsOf(endpoint, table)).toHaveLength(1)
  })
})
