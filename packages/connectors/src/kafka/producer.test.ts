import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ModelKafka, type ModelKafkaOptions } from '../../test/kafka/model-kafka.ts'
import { circuitBreaker } from '../calls/circuit-breaker.ts'
import { KafkaFault } from './client/kafka-fault.ts'
import { KafkaCluster } from './cluster.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { parseConnection } from './connection-options.ts'
import { kafkaError } from './kafka-error.ts'
import { Producer, type ProducerSettings } from './producer.ts'

const settings: ProducerSettings = {
  limits: { bytes: 10_000, records: 100 },
  lingerMs: 5,
  maxBufferedBytes: 100_000,
  deliveryTimeoutMs: 10_000,
  requestTimeoutMs: 1_000,
  compression: 'none',
}

async function setUp(options: Partial<ModelKafkaOptions> = {}, changed: Partial<ProducerSettings> = {}) {
  const kafka = new ModelKafka({ topics: { out: 2 }, ...options })
  const client = kafka.client()
  const connection = parseConnection({ brokers: ['model:1'], client: { name: 'model', create: async () => client } })
  const cluster = await KafkaCluster.open(connection, new AbortController().signal, undefined)
  await cluster.topic('out')
  const breaker = circuitBreaker(
    { what: 'the brokers', isFailure: (error) => error instanceof KafkaFault && error.fault === 'UNREACHABLE' },
    { opensAfter: 3, halfOpenAfterMs: 1_000 },
  )
  const producer = new Producer(
    { ...settings, ...changed },
    {
      client,
      routes: clusterRoutes(cluster),
      breaker,
      metrics: undefined,
      failure: (what, fault) => kafkaError(what, fault),
    },
  )
  const session = kafka.transactions.initProducerId(undefined, 1)
  producer.begin({ session, transactionalId: undefined, addPartitions: async () => {} })
  const add = (...values: readonly (readonly [partition: number, value: string])[]): void => {
    for (const [partition, value] of values) {
      const record = { key: undefined, value: Buffer.from(value), timestamp: 0, headers: [] }
      producer.add('out', partition, record, performance.now())
    }
    producer.pump()
  }
  return { kafka, producer, add }
}

/** What came of a promise while the clock runs, and how many ms it took. */
async function settled(promise: Promise<void>): Promise<{ error?: unknown; atMs: number }> {
  const begun = performance.now()
  const outcome = promise.then(
    () => ({ atMs: performance.now() - begun }),
    (error: unknown) => ({ error, atMs: performance.now() - begun }),
  )
  await vi.advanceTimersByTimeAsync(60_000)
  return outcome
}

const numbers = (partition: number, from: number, to: number): (readonly [number, string])[] =>
  Array.from({ length: to - from }, (_, index) => [partition, String(from + index).padStart(4, '0')] as const)
const texts = (from: number, to: number): string[] => numbers(0, from, to).map(([, value]) => value)

describe('a producer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits for the linger before it sends a batch that is not full', async () => {
    const { kafka, add } = await setUp()
    add([0, 'a'])
    await vi.advanceTimersByTimeAsync(4)
    add([0, 'b'])
    expect(kafka.produced).toEqual([])
    await vi.advanceTimersByTimeAsync(2)
    expect(kafka.produced).toHaveLength(1)
    expect(kafka.read('out', 0)).toEqual(['a', 'b'])
  })

  it('sends a full batch at once, with what else waits for that broker', async () => {
    const { kafka, add } = await setUp({}, { lingerMs: 60_000 })
    add([1, 'b'], ...numbers(0, 0, 100))
    await vi.advanceTimersByTimeAsync(0)
    expect(kafka.produced.map(({ batches }) => batches.length)).toEqual([2])
    expect(kafka.read('out', 1)).toEqual(['b'])
  })

  it('has one request at a time with a broker, in which the next records gather', async () => {
    const { kafka, producer, add } = await setUp({ topics: { out: 4 }, brokers: 2 })
    let answer = (): void => {}
    kafka.beforeProduce = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    add([0, 'a'])
    await vi.advanceTimersByTimeAsync(5)
    const answerFirst = answer
    for (const value of ['b', 'c', 'd']) add([0, value], [2, value])
    add([1, 'other'])
    await vi.advanceTimersByTimeAsync(1_000)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(kafka.read('out', 1)).toEqual(['other'])
    kafka.beforeProduce = undefined
    answerFirst()
    await producer.flush()
    expect(kafka.read('out', 0)).toEqual(['a', 'b', 'c', 'd'])
    expect(kafka.produced.map(({ batches }) => batches.map(({ records }) => records.length))).toEqual([
      [1],
      [1],
      [3, 3],
    ])
  })

  it('writes a batch once, however often its answer is lost', async () => {
    const { kafka, producer, add } = await setUp()
    let lost = 0
    kafka.plan = ({ api }) =>
      api === 'produce' && lost++ < 3 ? { fault: 'CONNECTION_LOST', isCarriedOut: true } : undefined
    add(...numbers(0, 0, 5))
    add(...numbers(1, 5, 7))
    expect((await settled(producer.flush())).error).toBeUndefined()
    add(...numbers(0, 7, 9))
    expect((await settled(producer.flush())).error).toBeUndefined()
    expect(kafka.read('out', 0)).toEqual([...texts(0, 5), ...texts(7, 9)])
    expect(kafka.read('out', 1)).toEqual(texts(5, 7))
    const ofTheFirst = kafka.produced.flatMap(({ batches }) => batches.filter(({ partition }) => partition === 0))
    expect(new Set(ofTheFirst.map(({ firstSequence }) => firstSequence))).toEqual(new Set([0, 5]))
  })

  it('takes a broker that says it has a batch already at its word', async () => {
    const { kafka, producer, add } = await setUp()
    kafka.plan = ({ api }) => (api === 'produce' ? { fault: 'DUPLICATE_SEQUENCE_NUMBER', inAnswer: true } : undefined)
    add([0, 'a'])
    expect((await settled(producer.flush())).error).toBeUndefined()
    expect(
      producer.written().map(({ acknowledgedRecords, firstOffset }) => [acknowledgedRecords, firstOffset]),
    ).toEqual([[1, undefined]])
  })

  it('follows a partition to its new leader, and keeps its order', async () => {
    const { kafka, producer, add } = await setUp({ brokers: 2 })
    add(...numbers(0, 0, 3))
    await settled(producer.flush())
    kafka.moveLeader('out', 0, 1)
    add(...numbers(0, 3, 6))
    const flushed = producer.flush()
    await vi.advanceTimersByTimeAsync(5)
    add(...numbers(0, 6, 9))
    expect((await settled(flushed)).error).toBeUndefined()
    expect((await settled(producer.flush())).error).toBeUndefined()
    expect(kafka.read('out', 0)).toEqual(texts(0, 9))
  })

  it('halves a batch that is too large until it fits, and makes no such batch again', async () => {
    const { kafka, producer, add } = await setUp({ maxBatchRecords: 30 })
    add(...numbers(0, 0, 100))
    expect((await settled(producer.flush())).error).toBeUndefined()
    expect(kafka.read('out', 0)).toEqual(texts(0, 100))
    const before = kafka.produced.length
    add(...numbers(0, 100, 160))
    expect((await settled(producer.flush())).error).toBeUndefined()
    expect(kafka.read('out', 0)).toEqual(texts(0, 160))
    expect(kafka.produced.slice(before).flatMap(({ batches }) => batches.map(({ records }) => records.length))).toEqual(
      [25, 25, 10],
    )
  })

  it('fails for a record that is too large by itself, and does not show it', async () => {
    const { producer, add } = await setUp({ maxRecordBytes: 10 })
    add([0, 'small'], [0, 'larger than ten bytes'], [0, 'small'])
    const { error } = await settled(producer.flush())
    expect(error).toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE', retryable: false })
    expect((error as Error).message).toMatch(/about 53 bytes for out-0/)
    expect((error as Error).message).not.toContain('ten')
  })

  it('fails at once where nothing helps, and every later call says so', async () => {
    const { kafka, producer, add } = await setUp()
    kafka.plan = ({ api }) => (api === 'produce' ? { fault: 'TOPIC_AUTHORIZATION_FAILED' } : undefined)
    add([0, 'a'])
    const { error } = await settled(producer.flush())
    expect(error).toMatchObject({ code: 'KAFKA_NOT_AUTHORIZED' })
    await expect(producer.flush()).rejects.toBe(error)
    expect(() => producer.room()).toThrow(error as Error)
    expect(kafka.produced).toHaveLength(0)
  })

  it('fails with what the last fault means when a batch could not be written for the delivery time', async () => {
    for (const [fault, code] of [
      ['UNREACHABLE', 'KAFKA_UNREACHABLE'],
      ['NOT_ENOUGH_REPLICAS', 'KAFKA_REQUEST_FAILED'],
    ] as const) {
      const { kafka, producer, add } = await setUp()
      kafka.plan = ({ api }) => (api === 'produce' ? { fault } : undefined)
      add([0, 'a'])
      const { error, atMs } = await settled(producer.flush())
      expect(error).toMatchObject({ code, retryable: true })
      expect(atMs).toBeGreaterThanOrEqual(10_000)
      expect(atMs).toBeLessThan(11_100)
    }
  })

  it('asks brokers that are down once in a while only, and goes on when they are back', async () => {
    const { kafka, producer, add } = await setUp()
    let asked = 0
    kafka.plan = ({ api }) => {
      if (api !== 'produce') return undefined
      asked += 1
      return { fault: 'UNREACHABLE' }
    }
    add([0, 'a'], [1, 'b'])
    const flushed = producer.flush()
    await vi.advanceTimersByTimeAsync(6_000)
    expect(asked).toBeGreaterThan(4)
    expect(asked).toBeLessThan(10)
    kafka.plan = () => undefined
    expect((await settled(flushed)).error).toBeUndefined()
    expect(kafka.readAll()).toEqual(['a', 'b'])
  })

  it('makes the writer wait while too much waits, and no longer', async () => {
    const { kafka, producer, add } = await setUp({}, { maxBufferedBytes: 1_000 })
    let answer = (): void => {}
    kafka.beforeProduce = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    add(...numbers(0, 0, 20))
    expect(producer.room()).toBeUndefined()
    add(...numbers(0, 20, 60))
    let hasRoom = false
    void producer.room()?.then(() => {
      hasRoom = true
    })
    await vi.advanceTimersByTimeAsync(100)
    expect(hasRoom).toBe(false)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(hasRoom).toBe(true)
  })

  it('sends nothing before its session is there, and fails with why it is not', async () => {
    const { kafka, producer, add } = await setUp()
    const begun = Promise.withResolvers<never>()
    producer.begin(begun.promise)
    add([0, 'a'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(kafka.produced).toEqual([])
    const reason = new Error('no session')
    begun.reject(reason)
    expect((await settled(producer.flush())).error).toBe(reason)
  })
})
