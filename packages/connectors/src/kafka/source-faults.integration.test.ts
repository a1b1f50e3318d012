import { createServer } from 'node:net'
import {
  createEnvironment,
  type ExecuteOptions,
  fixedDelayRestart,
  type JobHandle,
  memoryStorage,
} from '@millrace/core'
import type { Sink } from '@millrace/core/connector'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { KafkaBroker } from '../../test/kafka/kafka-broker.ts'
import { KafkaTopics } from '../../test/kafka/kafka-topics.ts'
import { kafkaUsers } from '../../test/kafka/kafka-users.ts'
import { json } from '../formats/json.ts'
import { kafkaJs } from './client/kafka-js/kafka-js.ts'
import { platformatic } from './client/platformatic/platformatic.ts'
import { kafkaSource } from './source.ts'
import type { KafkaSourceOptions } from './source-options.ts'

const shared = inject('kafka')
let topics: KafkaTopics
/** One that is killed, and is reached through a proxy. */
let broker: KafkaBroker
let brokersTopics: KafkaTopics

beforeAll(async () => {
  topics = await KafkaTopics.open(shared.bootstrap)
  broker = await KafkaBroker.start({ proxied: true, sessionTimeoutMs: 2_000 })
  brokersTopics = await KafkaTopics.open(broker.bootstrap)
})

afterAll(async () => {
  await topics.close()
  await brokersTopics.close()
  await broker.close()
})

/** Starts a job that gathers the numbers of a topic. */
function reading(
  options: Partial<KafkaSourceOptions<number>> & { readonly topic: string },
  execute: ExecuteOptions = {},
) {
  const numbers: number[] = []
  const source = kafkaSource<number>({
    brokers: shared.bootstrap,
    format: json<number>(),
    fetch: { maxWait: 50, partitionBytes: 4_096 },
    ...options,
  })
  const sink: Sink<number> = {
    kind: 'numbers',
    delivery: 'at-least-once',
    open: () => ({ write: (values) => void numbers.push(...values) }),
  }
  const env = createEnvironment()
  env.fromSource(source, { id: 'numbers' }).sinkTo(sink, { id: 'gather' })
  return { numbers, job: env.executeAsync(execute) }
}

async function produce(into: KafkaTopics, topic: string, from: number, to: number): Promise<void> {
  await into.produce(
    topic,
    upTo(from, to).map((n) => ({ partition: 0, value: String(n) })),
  )
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

function until(isSo: () => boolean): Promise<boolean> {
  return vi.waitUntil(isSo, { timeout: 60_000, interval: 20 })
}

/** What a job fails with, and after how long. */
async function failureOf(job: JobHandle): Promise<{ readonly error: unknown; readonly afterMs: number }> {
  const begun = performance.now()
  const error = await job.finished.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  return { error, afterMs: performance.now() - begun }
}

/** An error that a person can act on: what is asked for, without what is secret. */
function sayingSo(code: string, retryable: boolean) {
  const message = expect.stringMatching(new RegExp(`\\(${code}\\): `))
  return expect.objectContaining({ retryable, message, cause: expect.objectContaining({ code, retryable }) })
}

const quick = { connectTimeout: 1_000, requestTimeout: 1_000, retryFor: 2_000 }
/** A busy machine's share on top of what the options say. */
const SLACK_MS = 15_000

describe.each([
  ['@platformatic/kafka', platformatic],
  ['kafkajs', kafkaJs],
])('a source over %s says so within its time-outs', (_, client) => {
  test('where nobody listens', async () => {
    const { job } = reading({ topic: 'any', brokers: ['127.0.0.1:1'], client: client(), ...quick })
    const { error, afterMs } = await failureOf(job)
    expect(error).toEqual(sayingSo('KAFKA_UNREACHABLE', true))
    expect(afterMs).toBeLessThan(quick.retryFor + quick.connectTimeout + SLACK_MS)
  })

  test('where somebody listens and never answers', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const { job } = reading({ topic: 'any', brokers: [`127.0.0.1:${port}`], client: client(), ...quick })
    const { error, afterMs } = await failureOf(job)
    silent.close()
    expect(error).toEqual(sayingSo('KAFKA_UNREACHABLE', true))
    expect(afterMs).toBeLessThan(quick.retryFor + quick.requestTimeout + SLACK_MS)
  })

  test.each(['plain', 'scram-sha-256'] as const)('where the password is wrong, by %s', async (mechanism) => {
    const sasl = { mechanism, username: 'nurse', password: 'not-the-secret' } as const
    const { job } = reading({ topic: 'any', brokers: shared.saslBootstrap, client: client(), sasl, ...quick })
    const { error } = await failureOf(job)
    expect(error).toEqual(sayingSo('KAFKA_AUTHENTICATION_FAILED', false))
    expect(everythingIn(error)).not.toContain('not-the-secret')
  })

  test('where the topic is missing', async () => {
    const { job } = reading({ topic: 'there-is-none', client: client() })
    const { error, afterMs } = await failureOf(job)
    expect(error).toEqual(sayingSo('KAFKA_TOPIC_MISSING', false))
    expect(afterMs).toBeLessThan(5_000 + SLACK_MS)
  })

  test('where it may not read the topic', async () => {
    const topic = await topics.create('secret')
    const sasl = { mechanism: 'plain', ...kafkaUsers.nurse } as const
    const { job } = reading({ topic, brokers: shared.saslBootstrap, client: client(), sasl })
    expect((await failureOf(job)).error).toEqual(sayingSo('KAFKA_NOT_AUTHORIZED', false))
  })

  test('where the topic is deleted under it, after what was there', async () => {
    const topic = await topics.create('deleted')
    await produce(topics, topic, 0, 5)
    const { numbers, job } = reading({ topic, client: client() })
    await until(() => numbers.length === 5)
    await topics.delete(topic)
    const { error, afterMs } = await failureOf(job)
    expect(error).toEqual(sayingSo('KAFKA_TOPIC_MISSING', false))
    expect(afterMs).toBeLessThan(10_000 + SLACK_MS)
  })
})

describe.each([
  ['@platformatic/kafka', platformatic],
  ['kafkajs', kafkaJs],
])('a source over %s goes on, each record once,', (_, client) => {
  const proxied = () => ({
    brokers: broker.proxiedBootstrap,
    client: client(),
    requestTimeout: 2_000,
    connectTimeout: 2_000,
  })

  test('when its connections are cut', async () => {
    const topic = await brokersTopics.create('cut')
    await produce(brokersTopics, topic, 0, 20_000)
    const { numbers, job } = reading({ topic, ...proxied() }, { batchSize: 50 })
    for (let cuts = 0, seen = 0; cuts < 5; cuts++) {
      await until(() => numbers.length > seen || numbers.length === 20_000)
      seen = numbers.length
      broker.proxies[0]?.cut()
    }
    await until(() => numbers.length >= 20_000)
    expect(numbers).toEqual(upTo(0, 20_000))
    await job.stop()
  })

  test('when answers are slow, and when for a while there are none', async () => {
    const topic = await brokersTopics.create('slow')
    const { numbers, job } = reading({ topic, ...proxied() })
    broker.proxies[0]?.delay(150)
    await produce(brokersTopics, topic, 0, 100)
    await until(() => numbers.length >= 100)
    broker.proxies[0]?.delay(0)
    broker.proxies[0]?.stall()
    await produce(brokersTopics, topic, 100, 200)
    await until(() => (job.metrics().steps[0]?.counters.retries ?? 0) > 0)
    await broker.proxies[0]?.pass()
    await until(() => numbers.length >= 200)
    expect(numbers).toEqual(upTo(0, 200))
    await job.stop()
  })

  test('when the broker is killed and comes back', async () => {
    const topic = await brokersTopics.create('killed')
    await produce(brokersTopics, topic, 0, 1_000)
    const { numbers, job } = reading({ topic, ...proxied() })
    await until(() => numbers.length >= 1_000)
    await broker.kill()
    await broker.restart()
    await produce(brokersTopics, topic, 1_000, 2_000)
    await until(() => numbers.length >= 2_000)
    expect(numbers).toEqual(upTo(0, 2_000))
    await job.stop()
  })

  test('when it is the job that restarts, since brokers were away for too long', async () => {
    const topic = await brokersTopics.create('away')
    await produce(brokersTopics, topic, 0, 10)
    const execute = {
      checkpoints: { every: 50, storage: memoryStorage() },
      restart: fixedDelayRestart(100, 200),
    }
    const { numbers, job } = reading({ topic, ...proxied(), retryFor: 500 }, execute)
    await until(() => numbers.length >= 10 && job.metrics().checkpoints.completed > 2)
    broker.proxies[0]?.refuse()
    broker.proxies[0]?.cut()
    await until(() => job.metrics().restarts > 0)
    await broker.proxies[0]?.pass()
    await produce(brokersTopics, topic, 10, 20)
    await until(() => numbers.length >= 20)
    expect(numbers).toEqual(upTo(0, 20))
    await job.stop()
  })

  test('when the offsets of its group cannot be committed: that is counted, and no more', async () => {
    const topic = await topics.create('grouped')
    await topics.allow('nurse', 'TOPIC', topic, ['READ', 'DESCRIBE'])
    await produce(topics, topic, 0, 10)
    const sasl = { mechanism: 'plain', ...kafkaUsers.nurse } as const
    const options = { topic, brokers: shared.saslBootstrap, client: client(), sasl, groupId: 'not-allowed' }
    const { numbers, job } = reading(options, { checkpoints: { every: 100 } })
    await until(() => (job.metrics().steps[0]?.counters.offsetCommitFailures ?? 0) > 0)
    await until(() => numbers.length === 10)
    await job.stop()
  })

  test('when other consumers of its group come and go: they take no partition away', async () => {
    const topic = await topics.create('rebalanced', 2)
    await produce(topics, topic, 0, 1_000)
    const options = { topic, brokers: shared.bootstrap, client: client(), groupId: topic }
    const { numbers, job } = reading(options, { checkpoints: { every: 50 } })
    await until(() => numbers.length === 1_000)
    const other = new Kafka({ brokers: shared.bootstrap, logLevel: logLevel.NOTHING }).consumer({ groupId: topic })
    const { promise: hasJoined, resolve } = Promise.withResolvers<void>()
    other.on(other.events.GROUP_JOIN, () => resolve())
    await other.subscribe({ topic })
    await other.run({ autoCommit: false, eachMessage: async () => {} })
    await hasJoined
    await produce(topics, topic, 1_000, 2_000)
    await until(() => numbers.length >= 2_000)
    // Only members may commit while there are any.
    await until(() => (job.metrics().steps[0]?.counters.offsetCommitFailures ?? 0) > 0)
    await other.disconnect()
    await produce(topics, topic, 2_000, 2_100)
    await until(() => numbers.length >= 2_100)
    expect(numbers).toEqual(upTo(0, 2_100))
    await vi.waitUntil(async () => `${await topics.groupOffsets(topic, topic)}` === '2100,0', { timeout: 60_000 })
    await job.stop()
  })
})

/** All texts in an error and what it was caused by. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const more = Object.entries(error).map(([name, value]) => `${name} ${String(value)}`)
  const errors = error instanceof AggregateError ? error.errors.map(everythingIn) : []
  return [
    error.message,
    error.stack,
    ...more,
    ...errors,
    error.cause === undefined ? '' : everythingIn(error.cause),
  ].join('\n')
}
