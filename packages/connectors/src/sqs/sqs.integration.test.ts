import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEnvironment, type ExecuteOptions, fixedDelayRestart, memoryStorage } from '@millrace/core'
import { type Reject, type Sink, sinkContract } from '@millrace/core/connector'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { type AwsFaultAction, AwsFaultProxy } from '../../test/aws/aws-fault-proxy.ts'
import { AwsPeer } from '../../test/aws/aws-peer.ts'
import { clientConfig } from '../../test/aws/client-config.ts'
import { cutAfter, cutBefore, failEntries, refuse } from '../../test/aws/faults.ts'
import { json } from '../formats/json.ts'
import { sqsSink } from './sink.ts'
import type { SqsSinkOptions } from './sink-options.ts'
import { sqsSource } from './source.ts'
import type { SqsMessageInfo, SqsSourceOptions } from './source-options.ts'

interface Row {
  readonly n: number
}

let queues = 0
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

async function created(
  endpoint: string = inject('aws').ministack,
  isFifo = false,
  attributes: Readonly<Record<string, string>> = {},
) {
  const client = new SQSClient(clientConfig(endpoint))
  const QueueName = `sqs-${process.pid}-${queues++}${isFifo ? '.fifo' : ''}`
  const Attributes: Record<string, string> = { ...attributes, ...(isFifo ? { FifoQueue: 'true' } : {}) }
  const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes }))
  /** Those that can be received, and those that somebody has. */
  const left = async (): Promise<readonly [visible: number, hidden: number]> => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
    const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...AttributeNames] })
    const { Attributes: said = {} } = await client.send(asked)
    return [Number(said.ApproximateNumberOfMessages), Number(said.ApproximateNumberOfMessagesNotVisible)]
  }
  const send = (body: string) => client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
  return { queueUrl, left, send, client }
}

/** A queue that moves what was received twice to another. */
async function createdWithDeadLetters(isFifo = false) {
  const dead = await created(undefined, isFifo)
  const asked = new GetQueueAttributesCommand({ QueueUrl: dead.queueUrl, AttributeNames: ['QueueArn'] })
  const deadLetterTargetArn = (await dead.client.send(asked)).Attributes?.QueueArn
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 })
  return { ...(await created(undefined, isFifo, { RedrivePolicy })), dead }
}

async function writeAll(queueUrl: string, rows: readonly Row[], options: Partial<SqsSinkOptions<Row>> = {}) {
  const config = clientConfig(proxy.endpoint)
  const sink = sqsSink<Row>({ queueUrl, format: json<Row>(), config, ...options })
  const writer = await sink.open({ operatorId: 'low', signal: stopping.signal, restored: false })
  try {
    await writer.write(
      rows,
      rows.map(() => 0),
    )
    await writer.prepareCommit?.(1)
  } finally {
    await writer.close?.()
  }
}

function reading(queueUrl: string, options: Partial<SqsSourceOptions<Row>> = {}, execute: ExecuteOptions = {}) {
  const seen: number[] = []
  const rejects: Reject[] = []
  const env = createEnvironment()
  const config = clientConfig(proxy.endpoint)
  const source = sqsSource<Row>({ queueUrl, format: json<Row>(), config, waitTime: 0, ...options })
  const rows = env.fromSource(source, { id: 'rows', onReject: 'side-output' })
  rows.sinkTo(
    collecting(({ n }) => seen.push(n)),
    { id: 'seen' },
  )
  rows.rejected().sinkTo(
    collecting((reject) => rejects.push(reject)),
    { id: 'rejects' },
  )
  return { seen, rejects, job: env.executeAsync({ checkpoints: { every: 20, storage: memoryStorage() }, ...execute }) }
}

function collecting<T>(take: (value: T) => void): Sink<T> {
  return { kind: 'collecting', delivery: 'at-least-once', open: () => ({ write: (values) => values.forEach(take) }) }
}

const rowsTo = (count: number): Row[] => Array.from({ length: count }, (_, n) => ({ n }))
const numbersTo = (count: number): number[] => [...Array(count).keys()]
const sorted = (values: Iterable<number>): number[] => [...values].toSorted((a, b) => a - b)

describe('an SQS sink', () => {
  const cases = sinkContract<Row>({
    create: async () => {
      const { queueUrl } = await created()
      const config = clientConfig(inject('aws').ministack)
      return {
        sink: sqsSink({ queueUrl, format: json<Row>(), config }),
        read: async () => {
          const { seen, job } = reading(queueUrl)
          let before = -1
          await expect
            .poll(
              () => {
                const isStill = before === seen.length
                before = seen.length
                return isStill
              },
              { interval: 300, timeout: 30_000 },
            )
            .toBe(true)
          await job.stop()
          return seen.map((n) => ({ n }))
        },
      }
    },
    record: (n) => ({ n }),
    skips: { 'takes batches of none, one and many': 'reading 5,000 messages back one by one takes its time' },
  })
  for (const { name, skip, run } of cases) (skip === undefined ? it : it.skip)(name, run)

  it('sends again only the messages that a batch has left out, and outlasts a service that is slow, down or cut', async () => {
    const { queueUrl, left } = await created()
    for (const fails of [(index: number) => index % 3 === 0, () => true]) {
      proxy.plan('SendMessageBatch', failEntries(fails, 'InternalError'))
    }
    proxy.plan('SendMessageBatch', refuse(400, 'ThrottlingException'))
    proxy.plan('SendMessageBatch', refuse(503, 'ServiceUnavailable'))
    proxy.plan('SendMessageBatch', cutBefore())
    await writeAll(queueUrl, rowsTo(55))
    expect(await left()).toEqual([55, 0])
    proxy.plan('SendMessageBatch', cutAfter())
    await writeAll(queueUrl, rowsTo(5))
    expect(await left()).toEqual([65, 0])
  })

  it('sends each message of a FIFO queue once and in the order of its group', async () => {
    const { queueUrl } = await created(undefined, true)
    proxy.plan('SendMessageBatch', cutAfter())
    const fifo = { groupId: ({ n }: Row) => `g${n % 3}`, deduplicationId: ({ n }: Row) => `id-${n}` }
    await writeAll(queueUrl, rowsTo(30), fifo)
    await writeAll(queueUrl, rowsTo(30), fifo)
    const { seen, job } = reading(queueUrl)
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(30)
    await job.stop()
    for (const group of [0, 1, 2]) {
      expect(seen.filter((n) => n % 3 === group)).toEqual(Array.from({ length: 10 }, (_, i) => 3 * i + group))
    }
  })

  it('fills a request up to 1 MiB and ten messages', async () => {
    const { queueUrl, left } = await created()
    const before = proxy.calls('SendMessageBatch')
    const note = 'x'.repeat(100_000)
    await writeAll(
      queueUrl,
      Array.from({ length: 10 }, (_, n) => ({ n, note })),
      { batch: { linger: '1s' } },
    )
    expect(proxy.calls('SendMessageBatch') - before).toBe(1)
    await writeAll(
      queueUrl,
      Array.from({ length: 11 }, (_, n) => ({ n, note })),
      { batch: { linger: '1s' } },
    )
    expect(proxy.calls('SendMessageBatch') - before).toBe(3)
    expect(await left()).toEqual([21, 0])
  })

  it('gives its attributes and group to whoever reads the message', async () => {
    const { queueUrl } = await created()
    const attributes = ({ n }: Row) => ({
      ward: 'ü3',
      n: n + 0.5,
      isNew: true,
      raw: Uint8Array.of(0, n),
      none: undefined,
    })
    await writeAll(queueUrl, [{ n: 1 }], { attributes, groupId: () => 'ward-3' })
    await writeAll(queueUrl, [{ n: 2 }], { attributes: () => ({}) })
    const seen = new Map<number, SqsMessageInfo>()
    const map = (row: Row, info: SqsMessageInfo): Row => {
      seen.set(row.n, info)
      return row
    }
    const { job } = reading(queueUrl, { map })
    await expect.poll(() => seen.size).toBe(2)
    await job.stop()
    const sent = { ward: 'ü3', n: 1.5, isNew: 'true', raw: Uint8Array.of(0, 1) }
    expect(seen.get(1)).toMatchObject({ groupId: 'ward-3', receiveCount: 1, attributes: sent })
    expect(seen.get(2)?.attributes).toEqual({})
  })
})

describe('an SQS source', () => {
  it('deletes a message when the checkpoint that counts on it is durable, and not before', async () => {
    const { queueUrl, left } = await created()
    await writeAll(queueUrl, rowsTo(37))
    const { seen, job } = reading(queueUrl, {}, { checkpoints: {} })
    await expect.poll(() => seen.length).toBe(37)
    expect(await left()).toEqual([0, 37])
    await job.triggerCheckpoint()
    expect(await left()).toEqual([0, 0])
    await job.stop()
    expect(sorted(seen)).toEqual(numbersTo(37))
  })

  it('leaves what no checkpoint counts on to others, at once', async () => {
    const { queueUrl, left } = await created()
    await writeAll(queueUrl, rowsTo(25))
    const { seen, job } = reading(queueUrl, { visibilityTimeout: '1h' }, { checkpoints: {} })
    await expect.poll(() => seen.length).toBe(25)
    job.cancel()
    await expect(job.finished).rejects.toMatchObject({ code: 'CORE_CANCELLED' })
    expect(await left()).toEqual([25, 0])
  })

  it('hides messages for as long as the job has them', async () => {
    const { queueUrl, left } = await created()
    await writeAll(queueUrl, rowsTo(12))
    const { seen, job } = reading(queueUrl, { visibilityTimeout: '1s' }, { checkpoints: {} })
    await expect.poll(() => seen.length).toBe(12)
    await proxy.called('ChangeMessageVisibilityBatch', proxy.calls('ChangeMessageVisibilityBatch') + 12)
    expect(await left()).toEqual([0, 12])
    await job.stop()
    expect(seen).toHaveLength(12)
    expect(await left()).toEqual([0, 0])
  })

  it('reads a message once that comes again while the job has it, and deletes it', async () => {
    const { queueUrl, left } = await created()
    await writeAll(queueUrl, rowsTo(12))
    let delivered = 0
    proxy.plan(
      'ChangeMessageVisibilityBatch',
      failEntries(() => true, 'InternalError'),
      { times: Number.POSITIVE_INFINITY },
    )
    const counted: AwsFaultAction = async (call) => {
      const answer = await call.forward()
      delivered += (JSON.parse(answer.body.toString()) as { Messages?: unknown[] }).Messages?.length ?? 0
      call.answer(answer)
    }
    proxy.plan('ReceiveMessage', counted, { times: Number.POSITIVE_INFINITY })
    const { seen, job } = reading(queueUrl, { visibilityTimeout: '1s' }, { checkpoints: {} })
    await expect.poll(() => delivered, { timeout: 20_000 }).toBeGreaterThanOrEqual(24)
    proxy.heal()
    await job.triggerCheckpoint()
    expect(sorted(seen)).toEqual(numbersTo(12))
    expect(await left()).toEqual([0, 0])
    await job.stop()
    expect(seen).toHaveLength(12)
  })

  it('makes a message that is none a reject, and loses none of its neighbours', async () => {
    const { queueUrl, left, send } = await created()
    for (const n of [0, 1, 2]) {
      await send(JSON.stringify({ n }))
      await send('no json')
    }
    const { seen, rejects, job } = reading(queueUrl)
    await expect.poll(() => seen.length + rejects.length).toBe(6)
    await job.stop()
    expect(sorted(seen)).toEqual([0, 1, 2])
    expect(rejects[0]).toMatchObject({
      code: 'json-invalid',
      raw: 'no json',
      position: expect.stringMatching(/^message /),
    })
    expect(await left()).toEqual([0, 0])
  })

  it('leaves a message that is none to the dead-letter queue, and rejects nothing', async () => {
    const { queueUrl, left, send, dead } = await createdWithDeadLetters()
    for (const n of [0, 1, 2]) {
      await send(JSON.stringify({ n }))
      await send('no json')
    }
    const { seen, rejects, job } = reading(queueUrl, { poison: 'dead-letter' })
    await expect.poll(() => dead.left(), { timeout: 20_000 }).toEqual([3, 0])
    await expect.poll(() => seen.length).toBe(3)
    await job.stop()
    expect(sorted(seen)).toEqual([0, 1, 2])
    expect(rejects).toEqual([])
    expect(await left()).toEqual([0, 0])
  })

  it('keeps the order of a FIFO group through a message that goes to the dead-letter queue', async () => {
    const { queueUrl, left, client, dead } = await createdWithDeadLetters(true)
    for (let n = 0; n < 30; n++) {
      const MessageBody = n % 10 === 4 ? 'no json' : JSON.stringify({ n })
      const group = { MessageGroupId: `g${n % 3}`, MessageDeduplicationId: `id-${n}` }
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, ...group }))
    }
    const { seen, job } = reading(queueUrl, { poison: 'dead-letter', receivers: 4, maxMessages: 3 })
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(27)
    await expect.poll(() => dead.left(), { timeout: 20_000 }).toEqual([3, 0])
    await job.stop()
    for (const group of [0, 1, 2]) {
      const expected = numbersTo(30).filter((n) => n % 3 === group && n % 10 !== 4)
      expect(seen.filter((n) => n % 3 === group)).toEqual(expected)
    }
    expect(await left()).toEqual([0, 0])
  })

  it('does not begin where messages that are none would come again for ever', async () => {
    const { queueUrl, send } = await created()
    await send('no json')
    const { job } = reading(queueUrl, { poison: 'dead-letter' })
    await expect(job.finished).rejects.toMatchObject({ cause: { code: 'SQS_DEAD_LETTER_MISSING' } })
  })

  it('asks for no more messages at once than it was told', async () => {
    const { queueUrl } = await created()
    await writeAll(queueUrl, rowsTo(9))
    const answers: number[] = []
    const counted: AwsFaultAction = async (call) => {
      const answer = await call.forward()
      answers.push((JSON.parse(answer.body.toString()) as { Messages?: unknown[] }).Messages?.length ?? 0)
      call.answer(answer)
    }
    proxy.plan('ReceiveMessage', counted, { times: Number.POSITIVE_INFINITY })
    const { seen, job } = reading(queueUrl, { maxMessages: 2 })
    await expect.poll(() => seen.length).toBe(9)
    await job.stop()
    expect(Math.max(...answers)).toBe(2)
  })

  it('reads no more than it may hold before a checkpoint', async () => {
    const { queueUrl, left } = await created()
    await writeAll(queueUrl, rowsTo(60))
    const { seen, job } = reading(queueUrl, { maxInFlight: 20 }, { checkpoints: {} })
    await expect.poll(() => seen.length).toBe(20)
    expect(await left()).toEqual([40, 20])
    await job.triggerCheckpoint()
    await expect.poll(() => seen.length).toBe(40)
    await job.triggerCheckpoint()
    await expect.poll(() => seen.length).toBe(60)
    await job.stop()
    expect(sorted(seen)).toEqual(numbersTo(60))
  })

  it('reads every message through failures of the job, of the service and of connections', async () => {
    const { queueUrl } = await created()
    await writeAll(queueUrl, rowsTo(200))
    for (const operation of ['ReceiveMessage', 'DeleteMessageBatch']) {
      proxy.plan(operation, refuse(503, 'ServiceUnavailable'), { after: 1 })
      proxy.plan(operation, refuse(400, 'ThrottlingException'))
      proxy.plan(operation, cutBefore())
    }
    proxy.plan(
      'DeleteMessageBatch',
      failEntries((index) => index % 2 === 0, 'InternalError'),
    )
    proxy.plan('DeleteMessageBatch', cutAfter())
    proxy.plan('ReceiveMessage', cutAfter(), { after: 3 })
    const failAt = new Set([33, 120])
    const map = (row: Row): Row => {
      if (failAt.delete(row.n)) throw new Error('a fault of the test')
      return row
    }
    const restart = fixedDelayRestart(2, 0)
    const storage = memoryStorage()
    const options = { map, visibilityTimeout: '1s' } as const
    const { seen, job } = reading(queueUrl, options, { restart, checkpoints: { every: 20, storage } })
    await expect.poll(() => new Set(seen).size, { timeout: 30_000 }).toBe(200)
    await job.stop()
    expect(sorted(new Set(seen))).toEqual(numbersTo(200))
  })

  it('goes on when the service is back', async () => {
    const peer = await AwsPeer.ministack()
    try {
      const { queueUrl } = await created(peer.endpoint)
      const config = clientConfig(peer.endpoint)
      await writeAll(queueUrl, rowsTo(5), { config })
      const { seen, job } = reading(queueUrl, { config, visibilityTimeout: '1s' })
      await expect.poll(() => seen.length).toBe(5)
      await peer.stop()
      const writing = writeAll(queueUrl, [{ n: 5 }], { config })
      await peer.start()
      await writing
      await Promise.race([job.finished, expect.poll(() => new Set(seen).size, { timeout: 20_000 }).toBe(6)])
      await job.stop()
    } finally {
      await peer.close()
    }
  })

  it('fails at once where there is no such queue', async () => {
    const { job } = reading(`${inject('aws').ministack}/000000000000/nowhere`)
    await expect(job.finished).rejects.toMatchObject({ cause: { code: 'AWS_RESOURCE_MISSING' } })
  })
})
