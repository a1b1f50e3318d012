import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvironment, fixedDelayRestart, type JobHandle, memoryStorage } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { KafkaBroker } from '../../test/kafka/kafka-broker.ts'
import { KafkaTopics } from '../../test/kafka/kafka-topics.ts'
import { KafkaWitness } from '../../test/kafka/kafka-witness.ts'
import { json } from '../formats/json.ts'
import { kafkaJs } from './client/kafka-js/kafka-js.ts'
import { platformatic } from './client/platformatic/platformatic.ts'
import { kafkaSink } from './sink.ts'
import { kafkaSource } from './source.ts'

const RECORDS = 6_000
/** Replicated, where there is more than one node; written when two have it. */
const KEPT = { 'retention.ms': '-1' }

/** Three nodes, reached through proxies that can be made bad. */
let cluster: KafkaBroker
let topics: KafkaTopics
let witness: KafkaWitness

beforeAll(async () => {
  cluster = await KafkaBroker.start({ nodes: 3, proxied: true, sessionTimeoutMs: 3_000, heap: '256m' })
  topics = await KafkaTopics.open(cluster.bootstrap)
  witness = await KafkaWitness.start(cluster.bootstrap)
})

afterAll(async () => {
  await topics.close().catch(() => {})
  await witness.close()
  await cluster.close()
})

function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(isSo, { timeout: 60_000, interval: 50 })
}

describe.each([
  ['@platformatic/kafka', platformatic],
  ['kafkajs', kafkaJs],
])('a job from topic to topic by %s, exactly once,', (_, client) => {
  /** Copies numbers from four partitions to three, at a pace that leaves time for things to go wrong. */
  async function copying() {
    const from = await topics.create('from', 4, KEPT)
    const to = await topics.create('to', 3, KEPT)
    const connection = {
      brokers: cluster.proxiedBootstrap,
      client: client(),
      connectTimeout: 3_000,
      requestTimeout: 3_000,
    }
    const env = createEnvironment()
    env
      .fromSource(kafkaSource<number>({ ...connection, topic: from, format: json(), fetch: { maxWait: 50 } }), {
        id: 'numbers',
      })
      .sinkTo(kafkaSink<number>({ ...connection, topic: to, format: json(), key: String, transactionalIdPrefix: to }), {
        id: 'copies',
      })
    const job = env.executeAsync({
      checkpoints: { every: 200, storage: memoryStorage() },
      restart: fixedDelayRestart(20, 500),
    })
    // Whoever waits for more than comes sees why.
    let failure: unknown
    job.finished.catch((error: unknown) => {
      failure = error
    })
    const produced = (async () => {
      for (let n = 0; n < RECORDS && failure === undefined; n += 100) {
        const messages = Array.from({ length: 100 }, (_each, index) => ({
          partition: (n + index) % 4,
          value: String(n + index),
        }))
        await topics.produce(from, messages)
        await sleep(50)
      }
    })()
    produced.catch(() => {})
    const numbersIn = async (topic: string): Promise<number[]> =>
      (await witness.read(topic, 'read_committed')).map(({ value }) => Number(String(value))).sort((a, b) => a - b)
    const allSeen = async (): Promise<void> => {
      await produced
      // What the topic holds, not what was sent: the producer of these tests drops what is for a partition without a leader.
      const numbers = await numbersIn(from)
      expect(numbers.length).toBeGreaterThan(RECORDS * 0.9)
      await until(async () => {
        if (failure !== undefined) throw failure
        return (await numbersIn(to)).length >= numbers.length
      })
      await job.stop()
      expect(await numbersIn(to)).toEqual(numbers)
    }
    return { job, from, to, allSeen, produced }
  }

  async function copied(job: JobHandle, count: number): Promise<void> {
    await until(() => job.metrics().recordsOut >= count)
  }

  test('goes on when connections are cut, again and again', async () => {
    const { job, allSeen } = await copying()
    for (let cuts = 1; cuts <= 12; cuts++) {
      await copied(job, cuts * 200)
      for (const proxy of cluster.proxies) proxy.cut()
    }
    await allSeen()
    expect(job.metrics().checkpoints.completed).toBeGreaterThan(5)
  })

  test('goes on when brokers are slow, and when for a while they say nothing', async () => {
    const { job, allSeen } = await copying()
    await copied(job, 500)
    for (const proxy of cluster.proxies) proxy.delay(100)
    await copied(job, 1_000)
    for (const proxy of cluster.proxies) {
      proxy.delay(0)
      proxy.stall()
    }
    await sleep(4_000)
    for (const proxy of cluster.proxies) await proxy.pass()
    await allSeen()
  })

  test('goes on when each node of the cluster is killed in turn, and comes back', async () => {
    const { job, allSeen } = await copying()
    for (const node of [0, 1, 2]) {
      await copied(job, 500 * (node + 1))
      await cluster.kill(node)
      await sleep(1_000)
      await cluster.restart()
    }
    await allSeen()
  })

  test('fails with a code when its topic is deleted under it', async () => {
    const { job, from, to, produced } = await copying()
    await copied(job, 300)
    await produced
    await topics.delete(to)
    await topics.produce(from, [{ partition: 0, value: '0' }])
    const error: unknown = await job.finished.catch((cause: unknown) => cause)
    expect(error).toMatchObject({ cause: { code: 'KAFKA_TOPIC_MISSING' }, retryable: false })
  })
})
