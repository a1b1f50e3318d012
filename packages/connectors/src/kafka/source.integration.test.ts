import { createEnvironment, type ExecuteOptions, type JobHandle, memoryStorage } from '@millrace/core'
import { type ContractCase, type Sink, sourceContract } from '@millrace/core/connector'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { KafkaTopics } from '../../test/kafka/kafka-topics.ts'
import { json } from '../formats/json.ts'
import { kafkaJs } from './client/kafka-js/kafka-js.ts'
import { platformatic } from './client/platformatic/platformatic.ts'
import { kafkaSource } from './source.ts'
import type { KafkaSourceOptions } from './source-options.ts'

const { bootstrap } = inject('kafka')
let topics: KafkaTopics

beforeAll(async () => {
  topics = await KafkaTopics.open(bootstrap)
})

afterAll(() => topics.close())

/** Records of 1970 would be deleted at the broker's next look. */
const KEPT = { 'retention.ms': '-1' }

interface Reading {
  readonly n: number
}

/** A line of a value for each record: partition, offset, what it was. */
type Row = string

function readings(topic: string, options: Partial<KafkaSourceOptions<Reading, Row>> = {}) {
  return kafkaSource<Reading, Row>({
    brokers: bootstrap,
    topic,
    format: json<Reading>(),
    map: ({ n }, { partition, offset, key }) => `${partition}:${offset} ${key} ${n}`,
    mapTombstone: ({ partition, offset, key }) => `${partition}:${offset} ${key} deleted`,
    fetch: { maxWait: 50 },
    ...options,
  })
}

async function produce(topic: string, partition: number, from: number, to: number): Promise<void> {
  const messages = Array.from({ length: to - from }, (_, index) => ({
    partition,
    key: `p${(from + index) % 3}`,
    value: JSON.stringify({ n: from + index }),
    timestamp: String(1_000 * (from + index)),
  }))
  await topics.produce(topic, messages)
}

/** Two partitions with records, a poison one, a tombstone, and a transaction that was aborted. */
async function mixedTopic(): Promise<string> {
  const topic = await topics.create('mixed', 2, KEPT)
  await produce(topic, 0, 0, 5)
  const kafka = new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const end of ['abort', 'commit'] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ partition: 0, key: end, value: '{"n":100}' }] })
    await transaction[end]()
    // The marker is written a moment later.
    const marker = end === 'abort' ? 7 : 9
    await until(async () => (await topics.endOffsets(topic))[0] === marker)
  }
  await producer.disconnect()
  await topics.produce(topic, [
    { partition: 0, key: 'poison', value: '{"n":' },
    { partition: 0, key: 'p1', value: null },
    { partition: 1, key: null, value: '{"n":7}' },
  ])
  await produce(topic, 0, 5, 9)
  await produce(topic, 1, 9, 30)
  return topic
}

const mixedRows = [
  ...[0, 1, 2, 3, 4].map((n) => `0:${n} p${n % 3} ${n}`),
  '0:7 commit 100',
  '0:10 p1 deleted',
  ...[5, 6, 7, 8].map((n) => `0:${n + 6} p${n % 3} ${n}`),
  '1:0 undefined 7',
  ...Array.from({ length: 21 }, (_, index) => `1:${index + 1} p${(index + 9) % 3} ${index + 9}`),
]

/** A job over a source; what it has read so far, of each partition in its order. */
function reading(options: ReturnType<typeof readings>, execute: ExecuteOptions = {}) {
  const rows: Row[] = []
  const rejects: string[] = []
  const env = createEnvironment()
  const stream = env.fromSource(options, { id: 'readings', onReject: 'side-output' })
  stream.sinkTo(gather(rows, String), { id: 'rows' })
  stream.rejected().sinkTo(
    gather(rejects, ({ split, position, code }) => `${split} ${position} ${code}`),
    { id: 'rejects' },
  )
  return { rows, rejects, job: env.executeAsync(execute) }
}

function gather<T>(into: string[], line: (value: T) => string): Sink<T> {
  const write = (values: readonly T[]): void => void into.push(...values.map(line))
  return { kind: 'rows', delivery: 'at-least-once', open: () => ({ write }) }
}

/** Waits for what a live job comes to, on a machine that may be busy. */
function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(isSo, { timeout: 30_000, interval: 20 })
}

/** The rows of a job that ends. */
async function rowsOf(options: ReturnType<typeof readings>, execute?: ExecuteOptions): Promise<Row[]> {
  const { rows, job } = reading(options, execute)
  await job.finished
  return rows.sort()
}

function gaugesOf(job: JobHandle): Readonly<Record<string, number>> {
  return job.metrics().steps[0]?.gauges ?? {}
}

describe.each([
  ['@platformatic/kafka', platformatic],
  ['kafkajs', kafkaJs],
])('a source over %s', (_, client) => {
  describe('keeps the contract', () => {
    const cases = (isBounded: boolean): readonly ContractCase[] =>
      sourceContract<Row>({
        create: async () => {
          const topic = await mixedTopic()
          const expected = Object.fromEntries(
            [0, 1].map((p) => [`${topic}-${p}`, mixedRows.filter((row) => row.startsWith(`${p}:`))]),
          )
          const end = isBounded ? { end: 'latest' as const } : {}
          return { source: readings(topic, { client: client(), ...end }), ...(isBounded ? { expected } : {}) }
        },
        ...(isBounded ? {} : { rowsPerSplit: 12 }),
      })
    for (const isBounded of [true, false]) {
      for (const { name, run } of cases(isBounded)) test(`${isBounded ? 'bounded' : 'live'}: ${name}`, run)
    }
  })

  test('rejects what is no message of the format, with topic, partition and offset, and nothing of an aborted transaction', async () => {
    const topic = await mixedTopic()
    const { rows, rejects, job } = reading(readings(topic, { client: client(), end: 'latest' }))
    const { metrics } = await job.finished
    expect(rows.sort()).toEqual([...mixedRows].sort())
    expect(rejects).toEqual([`${topic}-0 offset 9 json-invalid`])
    expect(metrics).toMatchObject({ rejected: 1, recordsIn: mixedRows.length })
  })

  test('reads what is uncommitted where it is asked to', async () => {
    const topic = await mixedTopic()
    const rows = await rowsOf(readings(topic, { client: client(), end: 'latest', isolation: 'read_uncommitted' }))
    expect(rows).toEqual([...mixedRows, '0:5 abort 100'].sort())
  })

  test('begins at a time, at the end, or at the offset of a group', async () => {
    const topic = await topics.create('starts', 1, KEPT)
    await produce(topic, 0, 0, 10)
    const common = { client: client(), end: 'latest' as const }
    expect(await rowsOf(readings(topic, { ...common, start: { timestamp: 7_500 } }))).toEqual(['0:8 p2 8', '0:9 p0 9'])
    expect(await rowsOf(readings(topic, { ...common, start: { timestamp: 99_000 } }))).toEqual([])
    expect(await rowsOf(readings(topic, { ...common, start: 'latest' }))).toEqual([])

    const grouped = { ...common, start: 'group' as const, groupId: topic }
    expect(await rowsOf(readings(topic, grouped))).toHaveLength(10)
    expect(await topics.groupOffsets(topic, topic)).toEqual([10])
    await produce(topic, 0, 10, 12)
    expect(await rowsOf(readings(topic, grouped))).toEqual(['0:10 p1 10', '0:11 p2 11'])
    await expect(
      rowsOf(readings(topic, { ...grouped, groupId: `${topic}-other`, whenGroupHasNone: 'fail' })),
    ).rejects.toMatchObject({ cause: { code: 'KAFKA_OFFSET_OUT_OF_RANGE' } })
  })

  test('ends before given offsets', async () => {
    const topic = await topics.create('ends', 2, KEPT)
    await produce(topic, 0, 0, 10)
    await produce(topic, 1, 0, 10)
    const offsets = { [`${topic}-0`]: 2, [`${topic}-1`]: 0 }
    expect(await rowsOf(readings(topic, { client: client(), end: { offsets } }))).toEqual(['0:0 p0 0', '0:1 p1 1'])
  })

  test('goes on from its checkpoint, up to the end that was fixed when it began', async () => {
    const topic = await topics.create('resumed', 1, KEPT)
    await produce(topic, 0, 0, 3_000)
    const storage = memoryStorage()
    const source = readings(topic, { client: client(), end: 'latest' })
    const first = reading(source, { batchSize: 100, checkpoints: { storage } })
    await until(() => first.rows.length > 200)
    await first.job.stop()
    await produce(topic, 0, 3_000, 3_010)
    const second = reading(source, { checkpoints: { storage } })
    await second.job.finished
    expect([...first.rows, ...second.rows]).toEqual(Array.from({ length: 3_000 }, (_, n) => `0:${n} p${n % 3} ${n}`))
  })

  test('finds partitions that come later, and reads them from their first record', async () => {
    const topic = await topics.create('grows', 1, KEPT)
    await produce(topic, 0, 0, 3)
    const source = readings(topic, { client: client(), start: 'latest', discoverEvery: 50 })
    const { rows, job } = reading(source)
    await until(() => gaugesOf(job).lag === 0)
    await topics.grow(topic, 3)
    await produce(topic, 2, 5, 7)
    await produce(topic, 0, 3, 4)
    await until(() => rows.length >= 3)
    expect([...rows].sort()).toEqual(['0:3 p0 3', '2:0 p2 5', '2:1 p0 6'])
    await job.stop()
  })

  test('reads a partition from its first record that came while the job was down', async () => {
    const topic = await topics.create('grew', 1, KEPT)
    const storage = memoryStorage()
    const source = readings(topic, { client: client(), start: 'latest' })
    const before = reading(source, { checkpoints: { storage } })
    await until(() => gaugesOf(before.job).lag === 0)
    await before.job.stop()
    await topics.grow(topic, 2)
    await produce(topic, 1, 0, 2)
    const after = reading(source, { checkpoints: { storage } })
    await until(() => after.rows.length >= 2)
    expect(after.rows).toEqual(['1:0 p0 0', '1:1 p1 1'])
    await after.job.stop()
  })

  test('shows its lag, and commits the offsets of its group with each checkpoint, up to the end', async () => {
    const topic = await mixedTopic()
    const source = readings(topic, { client: client(), groupId: `group-${topic}` })
    const { rows, job } = reading(source, { checkpoints: { every: 100 } })
    await until(() => rows.length === mixedRows.length)
    await until(() => gaugesOf(job).lag === 0)
    const ends = await topics.endOffsets(topic)
    await until(async () => `${await topics.groupOffsets(`group-${topic}`, topic)}` === `${ends}`)
    await job.stop()
  })

  test('fails where its next record is gone, or counts it and goes on, as it is told', async () => {
    const topic = await topics.create('lost', 1, KEPT)
    await produce(topic, 0, 0, 10)
    const storage = memoryStorage()
    const offsets = { [`${topic}-0`]: 20 }
    const source = readings(topic, { client: client(), end: { offsets } })
    const first = reading(source, { checkpoints: { storage } })
    await until(() => first.rows.length === 10)
    await first.job.stop()
    await produce(topic, 0, 10, 20)
    await topics.deleteBefore(topic, 0, 15)
    await expect(rowsOf(source, { checkpoints: { storage } })).rejects.toMatchObject({
      cause: { code: 'KAFKA_OFFSET_OUT_OF_RANGE', message: expect.stringContaining('5 offsets are gone') },
    })
    const goesOn = readings(topic, { client: client(), end: { offsets }, onLostRecords: 'continue' })
    const { rows, job } = reading(goesOn, { checkpoints: { storage } })
    const { metrics } = await job.finished
    expect(rows).toHaveLength(5)
    expect(metrics.steps[0]?.counters.lostOffsets).toBe(5)
  })

  test('refuses a topic that was made anew under the same name', async () => {
    const topic = await topics.create('anew', 1, KEPT)
    await produce(topic, 0, 0, 10)
    const storage = memoryStorage()
    const source = readings(topic, { client: client() })
    const first = reading(source, { checkpoints: { storage } })
    await until(() => first.rows.length === 10)
    await first.job.stop()
    await topics.delete(topic)
    await topics.createNamed(topic, 1)
    await expect(reading(source, { checkpoints: { storage } }).job.finished).rejects.toMatchObject({
      cause: { code: 'KAFKA_TOPIC_CHANGED' },
    })
  })
})
