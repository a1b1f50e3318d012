import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  beginSession,
  connectionTo,
  faultOf,
  fetched,
  fetchOf,
  kafkaClients,
  leaderOf,
  persist,
  record,
  recordsOf,
} from '../../../test/kafka/kafka-clients.ts'
import { KafkaTopics } from '../../../test/kafka/kafka-topics.ts'
import { KafkaWitness } from '../../../test/kafka/kafka-witness.ts'
import type {
  Compression,
  KafkaClient,
  NodeId,
  ProduceRequest,
  ProducerSession,
  RecordToProduce,
} from './kafka-client.ts'

const { bootstrap } = inject('kafka')
/** Else records are deleted by their timestamps, which are small here. */
const forEver = { 'retention.ms': '-1' }
let topics: KafkaTopics
let witness: KafkaWitness

beforeAll(async () => {
  topics = await KafkaTopics.open(bootstrap)
  witness = await KafkaWitness.start(bootstrap)
})

afterAll(async () => {
  await topics.close()
  await witness.close()
})

const everyShape: readonly RecordToProduce[] = [
  record('1', { key: Buffer.from('a'), timestamp: 5_000 }),
  record('2', { timestamp: 4_000, headers: [['unit', Buffer.from('bpm')]] }),
  record(undefined, { key: Buffer.from('a'), timestamp: 2 ** 40 }),
  record('', {
    key: Buffer.alloc(0),
    timestamp: 0,
    headers: [
      ['b', Buffer.from('first')],
      ['1', Buffer.alloc(0)],
      ['b', Buffer.from('second')],
      ['größe', Buffer.from([0, 255])],
    ],
  }),
]

describe.each(kafkaClients)('$name, writing', (factory) => {
  let client: KafkaClient

  beforeAll(async () => {
    client = await factory.create(connectionTo(bootstrap))
  })

  afterAll(() => client.close())

  function idempotent(): Promise<ProducerSession> {
    return persist(() => client.initProducerId(undefined, { transactionalId: undefined, transactionTimeoutMs: 60_000 }))
  }

  function produce(node: NodeId, session: ProducerSession, topic: string, more: Partial<ProduceRequest> = {}) {
    const batches = [{ topic, partition: 0, firstSequence: 0, records: everyShape }]
    const plain = { transactionalId: undefined, session, timeoutMs: 5_000, compression: 'none', batches } as const
    return client.produce(node, { ...plain, ...more })
  }

  it.each<Compression>(['none', 'gzip', 'zstd'])(
    "writes with codec %s what Apache's client reads",
    async (compression) => {
      const topic = await topics.create(`codec-${compression}`, 1, forEver)
      const node = await leaderOf(client, topic)
      const session = await idempotent()
      const written = await persist(() => produce(node, session, topic, { compression }))
      expect(written).toEqual([{ topic, partition: 0, error: undefined, firstOffset: 0 }])
      expect(await witness.read(topic, 'read_committed')).toEqual(
        everyShape.map(({ key, value, timestamp, headers }, offset) => ({
          partition: 0,
          offset,
          timestamp,
          key: key ?? null,
          value: value ?? null,
          headers,
        })),
      )
      const back = await fetched(client, node, fetchOf(topic), everyShape.length)
      expect(recordsOf(back)).toEqual(everyShape.map((each, offset) => ({ ...each, offset })))
      expect(back.batches).toMatchObject([{ producerId: session.producerId, isTransactional: false }])
    },
  )

  it.each<Compression>(['snappy', 'lz4'])('writes with codec %s, or says that it cannot', async (compression) => {
    const topic = await topics.create(`codec-${compression}`, 1, forEver)
    const node = await leaderOf(client, topic)
    const session = await idempotent()
    if (client.name === 'kafkajs') {
      const fault = await faultOf(produce(node, session, topic, { compression }))
      expect(fault.fault).toBe('UNSUPPORTED')
      expect(fault.message).toContain(`kafkajs has no ${compression}`)
      return
    }
    await persist(() => produce(node, session, topic, { compression }))
    expect(await witness.read(topic, 'read_committed')).toHaveLength(everyShape.length)
    expect(recordsOf(await fetched(client, node, fetchOf(topic), 4))).toHaveLength(everyShape.length)
  })

  it('writes values of 900 kB, and says where one is too large', async () => {
    const topic = await topics.create('large', 1, forEver)
    const node = await leaderOf(client, topic)
    const session = await idempotent()
    const one = (bytes: number) => ({
      batches: [{ topic, partition: 0, firstSequence: 0, records: [record('x'.repeat(bytes))] }],
    })
    await persist(() => produce(node, session, topic, one(900_000)))
    expect(recordsOf(await fetched(client, node, fetchOf(topic), 1))[0]?.value).toHaveLength(900_000)
    expect(await produce(node, await idempotent(), topic, one(2_000_000))).toMatchObject([
      { error: 'MESSAGE_TOO_LARGE' },
    ])
  })

  it('writes a batch once that is sent twice, and refuses one after a gap', async () => {
    const topic = await topics.create('twice', 1, forEver)
    const node = await leaderOf(client, topic)
    const session = await idempotent()
    const batch = (firstSequence: number) => ({
      batches: [{ topic, partition: 0, firstSequence, records: [record('a'), record('b')] }],
    })
    await persist(() => produce(node, session, topic, batch(0)))
    expect(await produce(node, session, topic, batch(2))).toMatchObject([{ error: undefined, firstOffset: 2 }])
    expect(await produce(node, session, topic, batch(2))).toMatchObject([{ error: undefined, firstOffset: 2 }])
    expect(await produce(node, session, topic, batch(9))).toMatchObject([{ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }])
    expect(await topics.endOffsets(topic)).toEqual([4])
  })

  it('writes several partitions of several topics, and tells of each what became of it', async () => {
    const [one, two] = [await topics.create('several', 2, forEver), await topics.create('several', 1, forEver)]
    const node = await leaderOf(client, one)
    await leaderOf(client, two)
    const session = await idempotent()
    const to = (topic: string, partition: number) => ({ topic, partition, firstSequence: 0, records: [record(topic)] })
    const batches = [to(one, 0), to(two, 0), to(one, 1), to(one, 7)]
    const results = await produce(node, session, one, { batches })
    const errors = results.map(({ topic, partition, error }) => [topic, partition, error])
    expect(errors).toHaveLength(4)
    expect(errors).toContainEqual([one, 7, 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(errors.filter(([, , error]) => error === undefined)).toHaveLength(3)
    expect(await topics.endOffsets(one)).toEqual([1, 1])
    expect(await topics.endOffsets(two)).toEqual([1])
  })

  it('is asked by a session of its own each time', async () => {
    const transactionalId = `own-${factory.name}-${Date.now()}`
    const first = (await beginSession(client, transactionalId)).session
    const second = (await beginSession(client, transactionalId)).session
    expect([second.producerId, second.epoch]).toEqual([first.producerId, first.epoch + 1])
    expect((await idempotent()).producerId).not.toBe(first.producerId)
  })
})
