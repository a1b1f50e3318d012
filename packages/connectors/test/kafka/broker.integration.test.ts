import { once } from 'node:events'
import { Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { KafkaBroker } from './kafka-broker.ts'
import { KafkaTopics } from './kafka-topics.ts'
import { kafkaUsers } from './kafka-users.ts'
import { KafkaWitness } from './kafka-witness.ts'

const { bootstrap, saslBootstrap, tlsBootstrap, certificate } = inject('kafka')
const retry = { retries: 0 }
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

describe('two clients at one broker', () => {
  test('what kafkajs produces @platformatic/kafka reads', async () => {
    const topic = await topics.create('vitals')
    await topics.produce(topic, [{ key: 'bed-1', value: '60', headers: { unit: 'bpm' } }])
    const consumer = new Consumer({
      clientId: 'test',
      groupId: topic,
      bootstrapBrokers: bootstrap,
      deserializers: stringDeserializers,
    })
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 100 })
    const [message] = await once(stream, 'data')
    expect(message).toMatchObject({ topic, partition: 0, offset: 0n, key: 'bed-1', value: '60' })
    expect(message.headers.get('unit')).toBe('bpm')
    await stream.close()
    await consumer.close()
  })

  test('what @platformatic/kafka produces kafkajs reads', async () => {
    const topic = await topics.create('vitals')
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: bootstrap, serializers: stringSerializers })
    await producer.send({ messages: [{ topic, key: 'bed-1', value: '60', headers: { unit: 'bpm' } }] })
    await producer.close()

    const kafka = new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 })
    await consumer.subscribe({ topic, fromBeginning: true })
    const { promise, resolve } = Promise.withResolvers<string>()
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => resolve(`${key} ${value} ${headers?.unit}`),
    })
    expect(await promise).toBe('bed-1 60 bpm')
    await consumer.disconnect()
  })
})

describe('KafkaWitness', () => {
  test('sees keys, values, headers and timestamps as they are, null and no text among them', async () => {
    const topic = await topics.create('bytes', 2)
    const value = Buffer.from([0, 255, 10])
    await topics.produce(topic, [
      { partition: 1, key: 'a', value, timestamp: '1234', headers: { unit: Buffer.from('bpm') } },
      { partition: 0, value: null, timestamp: '1' },
    ])
    expect(await witness.read(topic, 'read_committed')).toEqual([
      { partition: 0, offset: 0, timestamp: 1, key: null, value: null, headers: [] },
      ...[{ partition: 1, offset: 0, timestamp: 1234, key: Buffer.from('a'), value }].map((record) => ({
        ...record,
        headers: [['unit', Buffer.from('bpm')]],
      })),
    ])
  })

  test('tells what was committed from what was not', async () => {
    const topic = await topics.create('transactions')
    const producer = new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING }).producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    const values = async (isolation: 'read_committed' | 'read_uncommitted'): Promise<string[]> =>
      (await witness.read(topic, isolation)).map(({ value }) => `${value}`)
    for (const [value, end] of [
      ['committed', 'commit'],
      ['aborted', 'abort'],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value }] })
      expect(await witness.transactions()).toMatchObject({ [topic]: 'Ongoing' })
      await transaction[end]()
    }
    const open = await producer.transaction()
    await open.send({ topic, messages: [{ value: 'open' }] })
    expect(await values('read_uncommitted')).toEqual(['committed', 'aborted', 'open'])
    expect(await values('read_committed')).toEqual(['committed'])
    await open.commit()
    // The marker is written a moment later.
    await expect.poll(() => values('read_committed')).toEqual(['committed', 'open'])
    await producer.disconnect()
  })

  test('says that a topic is not there', async () => {
    await expect(witness.read('nowhere', 'read_committed')).rejects.toThrow('no such topic')
  })
})

describe('KafkaTopics', () => {
  test('creates, grows and deletes topics, and says where they and their groups are', async () => {
    const topic = await topics.create('grows', 2)
    await topics.produce(topic, [{ partition: 1, value: 'a' }])
    expect(await topics.endOffsets(topic)).toEqual([0, 1])
    await topics.grow(topic, 3)
    expect(await topics.endOffsets(topic)).toEqual([0, 1, 0])
    expect(await topics.groupOffsets(`group-of-${topic}`, topic)).toEqual([-1, -1, -1])
    await topics.delete(topic)
    await expect.poll(() => witness.read(topic, 'read_committed').catch(String)).toMatch('no such topic')
  })
})

describe('log-ins and permissions', () => {
  const { admin, nurse } = kafkaUsers
  const logIn = (sasl: SASLOptions): Kafka =>
    new Kafka({ brokers: saslBootstrap, sasl, retry, logLevel: logLevel.NOTHING })

  test.each(['plain', 'scram-sha-256'] as const)(
    'a wrong password is refused, the right one is not: %s',
    async (mechanism) => {
      for (const [password, isRefused] of [
        ['wrong', true],
        [admin.password, false],
      ] as const) {
        const client = logIn({ mechanism, username: admin.username, password }).admin()
        if (isRefused) await expect(client.connect()).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' })
        else await client.connect()
        await client.disconnect()
      }
    },
  )

  test('who has no permission is refused until it is given', async () => {
    const topic = await topics.create('guarded')
    const producer = logIn({ mechanism: 'scram-sha-256', ...nurse }).producer()
    await producer.connect()
    const send = async (): Promise<unknown> => producer.send({ topic, messages: [{ value: 'a' }] })
    await expect(send()).rejects.toMatchObject({ cause: { type: 'TOPIC_AUTHORIZATION_FAILED' } })
    await topics.allow(nurse.username, 'TOPIC', topic, ['WRITE', 'DESCRIBE'])
    await expect.poll(() => send().then(() => 'sent', String), { timeout: 10_000 }).toBe('sent')
    await producer.disconnect()
  })
})

test('a client that trusts the certificate is let in by TLS, one that does not is not', async () => {
  const connect = async (ssl: { ca: string } | true): Promise<void> => {
    const client = new Kafka({ brokers: tlsBootstrap, ssl, retry, logLevel: logLevel.NOTHING }).admin()
    try {
      await client.connect()
    } finally {
      await client.disconnect()
    }
  }
  await connect({ ca: certificate })
  await expect(connect(true)).rejects.toThrow('self-signed certificate')
})

describe('a broker of its own', () => {
  test('what was produced outlives a kill, on the same address, and the proxy stands between, also after metadata', async () => {
    const broker = await KafkaBroker.start({ proxied: true, sessionTimeoutMs: 2_000 })
    try {
      const [proxy] = broker.proxies
      if (proxy === undefined) throw new Error('no proxy')
      const through = await KafkaTopics.open(broker.proxiedBootstrap)
      const topic = await through.create('kept')
      await through.produce(topic, [{ value: 'before' }])
      expect(proxy.connections).toBeGreaterThan(0)

      proxy.cut()
      expect(proxy.connections).toBe(0)
      await expect
        .poll(() => through.produce(topic, [{ value: 'after the cut' }]).then(() => 'sent', String))
        .toBe('sent')

      const addresses = broker.bootstrap
      await broker.kill()
      const late = new Kafka({ brokers: addresses, retry, logLevel: logLevel.NOTHING }).admin()
      await expect(late.connect()).rejects.toThrow('ECONNREFUSED')
      await broker.restart()
      expect(broker.bootstrap).toEqual(addresses)
      const witness = await KafkaWitness.start(broker.bootstrap)
      const records = await witness.read(topic, 'read_committed')
      expect(records.map(({ value }) => `${value}`)).toEqual(['before', 'after the cut'])
      await witness.close()
      await through.close()
    } finally {
      await broker.close()
    }
  })
})
