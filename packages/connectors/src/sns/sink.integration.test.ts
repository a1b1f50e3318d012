import { sinkContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, failEntries, refuse } from '../../test/aws/faults.ts'
import { LocalTopic } from '../../test/aws/local-topic.ts'
import { jsonTemplate } from '../formats/template.ts'
import { snsSink } from './sink.ts'
import type { SnsSinkOptions } from './sink-options.ts'

interface Alarm {
  readonly n: number
  readonly bed: string
}

let proxy: AwsFaultProxy
const stopping = new AbortController()

beforeAll(async () => {
  proxy = await AwsFaultProxy.listen(inject('aws').ministack)
})
afterEach(() => proxy.heal())
afterAll(() => {
  stopping.abort()
  proxy.close()
})

const created = (isFifo = false): Promise<LocalTopic> => LocalTopic.create(inject('aws').ministack, isFifo)
const alarms = (count: number): Alarm[] => Array.from({ length: count }, (_, n) => ({ n, bed: `bed-${n % 3}` }))
const numbers = (bodies: readonly string[]): number[] => bodies.map((body) => (JSON.parse(body) as Alarm).n)
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)
const fifo: Partial<SnsSinkOptions<Alarm>> = { groupId: ({ bed }) => bed, deduplicationId: ({ n }) => `alarm-${n}` }

async function writeAll(topic: LocalTopic, records: readonly Alarm[], options: Partial<SnsSinkOptions<Alarm>> = {}) {
  const config = clientConfig(proxy.endpoint)
  const message = jsonTemplate<Alarm>(['n'])
  const sink = snsSink<Alarm>({ topicArn: topic.arn, message, config, ...options })
  const writer = await sink.open({ operatorId: 'page', signal: stopping.signal, restored: false })
  try {
    await writer.write(
      records,
      records.map(() => 0),
    )
    await writer.prepareCommit?.(1)
  } finally {
    await writer.close?.()
  }
}

describe('an SNS sink', () => {
  const cases = sinkContract<Alarm>({
    create: async () => {
      const topic = await created()
      const read = await topic.subscribed()
      const seen: string[] = []
      const config = clientConfig(inject('aws').ministack)
      return {
        sink: snsSink({ topicArn: topic.arn, message: jsonTemplate<Alarm>(['n', 'bed']), config }),
        read: async () => {
          seen.push(...(await read()))
          return seen.map((body): unknown => JSON.parse(body))
        },
      }
    },
    record: (n) => ({ n, bed: `bed-${n}` }),
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('keeps a batch to ten messages and 256 KiB in all', async () => {
    const topic = await created()
    const read = await topic.subscribed()
    const batches: number[] = []
    proxy.plan(
      'PublishBatch',
      async (call) => {
        const form = new URLSearchParams(call.body.toString())
        const bodies = [...form].filter(([name]) => name.endsWith('.Message')).map(([, body]) => body)
        expect(bodies.length).toBeLessThanOrEqual(10)
        batches.push(bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0))
        call.answer(await call.forward())
      },
      { times: Number.POSITIVE_INFINITY },
    )
    const message = { render: ({ n }: Alarm) => `{"n":${n},"text":"${'é'.repeat(20_000)}"}` }
    await writeAll(topic, alarms(25), { message })
    expect(batches.length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...batches)).toBeLessThanOrEqual(262_144)
    expect(sorted(numbers(await read()))).toEqual([...Array(25).keys()])
  })

  it('lets filter policies choose by attributes', async () => {
    const topic = await created()
    const [red, low] = [
      await topic.subscribed({ level: ['red'] }),
      await topic.subscribed({ spo2: [{ numeric: ['<', 85] }] }),
    ]
    await writeAll(topic, alarms(20), {
      attributes: ({ n }) => ({ level: n % 2 === 0 ? 'red' : 'yellow', spo2: 80 + n }),
    })
    expect(sorted(numbers(await red()))).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
    expect(sorted(numbers(await low()))).toEqual([0, 1, 2, 3, 4])
  })

  it('keeps the order of each group of a FIFO topic, and tells an alarm once, also where answers are lost', async () => {
    const topic = await created(true)
    const read = await topic.subscribed()
    proxy.plan('PublishBatch', cutAfter())
    proxy.plan(
      'PublishBatch',
      failEntries((index) => index === 0, 'ThrottledException'),
      { times: 3 },
    )
    await writeAll(topic, alarms(30), fifo)
    await writeAll(topic, alarms(30), fifo)
    const seen = numbers(await read())
    for (const bed of [0, 1, 2]) {
      const ofBed = seen.filter((n) => n % 3 === bed)
      expect(ofBed).toEqual(Array.from({ length: 10 }, (_, i) => 3 * i + bed))
    }
  })

  it('sends again only the messages that a batch has left out', async () => {
    const topic = await created()
    const read = await topic.subscribed()
    for (const fails of [(index: number) => index % 3 === 0, () => true, (index: number) => index % 2 === 0]) {
      proxy.plan('PublishBatch', failEntries(fails, 'InternalError'))
    }
    await writeAll(topic, alarms(60))
    expect(sorted(numbers(await read()))).toEqual([...Array(60).keys()])
  })

  it('outlasts a service that slows it down, is unavailable or cuts connections', async () => {
    const topic = await created()
    const read = await topic.subscribed()
    for (const operation of ['PublishBatch', 'Publish']) {
      proxy.plan(operation, refuse(400, 'ThrottledException'))
      proxy.plan(operation, refuse(503, 'ServiceUnavailable'))
      proxy.plan(operation, cutBefore())
    }
    await writeAll(topic, alarms(21))
    expect(sorted(numbers(await read()))).toEqual([...Array(21).keys()])
  })

  it('may tell twice what an answer was lost of, and never less than once', async () => {
    const topic = await created()
    const read = await topic.subscribed()
    proxy.plan('PublishBatch', cutAfter())
    await writeAll(topic, alarms(10))
    const seen = sorted(numbers(await read()))
    expect([...new Set(seen)]).toEqual([...Array(10).keys()])
    expect(seen).toHaveLength(20)
  })

  it('goes on when the service is back', async () => {
    const peer = await AwsPeer.ministack()
    try {
      const topic = await LocalTopic.create(peer.endpoint)
      const read = await topic.subscribed()
      const config = clientConfig(peer.endpoint)
      await writeAll(topic, alarms(3), { config })
      await peer.stop()
      const writing = writeAll(topic, alarms(5), { config })
      await peer.start()
      await writing
      expect(sorted(numbers(await read()))).toEqual([0, 0, 1, 1, 2, 2, 3, 4])
    } finally {
      await peer.close()
    }
  })

  it('gives up after retryFor, and at once where there is no such topic', async () => {
    const topic = await created()
    proxy.plan('Publish', refuse(503, 'ServiceUnavailable'), { times: Number.POSITIVE_INFINITY })
    await expect(writeAll(topic, alarms(1), { retryFor: 200 })).rejects.toMatchObject({ code: 'AWS_UNAVAILABLE' })
    proxy.heal()
    const arn = topic.arn.replace(/[^:]+$/, 'nowhere')
    await expect(writeAll(topic, alarms(1), { topicArn: arn })).rejects.toMatchObject({ code: 'AWS_RESOURCE_MISSING' })
  })
})
