import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  connectionTo,
  fetched,
  fetchOf,
  kafkaClients,
  leaderOf,
  persist,
  recordsOf,
} from '../../../test/kafka/kafka-clients.ts'
import { KafkaTopics } from '../../../test/kafka/kafka-topics.ts'
import type { KafkaClient } from './kafka-client.ts'

const { bootstrap } = inject('kafka')
/** Else records are deleted by their timestamps, which are small here. */
const forEver = { 'retention.ms': '-1' }
let topics: KafkaTopics

beforeAll(async () => {
  topics = await KafkaTopics.open(bootstrap)
})

afterAll(() => topics.close())

describe.each(kafkaClients)('$name, reading', (factory) => {
  let client: KafkaClient

  beforeAll(async () => {
    client = await factory.create(connectionTo(bootstrap))
  })

  afterAll(() => client.close())

  it('tells brokers, and of each topic its partitions and leaders, or what is wrong with it', async () => {
    const topic = await topics.create('metadata', 3)
    await leaderOf(client, topic)
    const { brokers, topics: found } = await client.metadata([topic, 'absent', 'no name!'])
    expect(brokers).toEqual([
      { node: expect.any(Number), host: '127.0.0.1', port: Number(bootstrap[0]?.split(':')[1]) },
    ])
    const node = brokers[0]?.node
    const byName = Object.fromEntries(found.map((each) => [each.topic, each]))
    expect(byName[topic]).toMatchObject({
      error: undefined,
      partitions: [0, 1, 2].map((partition) => ({ partition, error: undefined, leader: node })),
    })
    expect(byName.absent).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: [] })
    expect(byName['no name!']).toMatchObject({ error: 'INVALID_TOPIC_EXCEPTION' })
    expect((await client.metadata(['absent'])).topics[0]?.error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('asked for no topics tells of none', async () => {
    expect(await client.metadata([])).toMatchObject({ brokers: [{ host: '127.0.0.1' }], topics: [] })
  })

  it('gives records in their order, with keys, values, headers and timestamps as they were produced', async () => {
    const topic = await topics.create('records', 1, forEver)
    const large = Buffer.alloc(900_000, 'x')
    await topics.produce(topic, [
      { key: 'a', value: '1', timestamp: '5000', headers: { unit: 'bpm', of: ['x', 'y'] } },
      { key: null, value: Buffer.from([0, 255]), timestamp: '4000' },
    ])
    await topics.produce(topic, [
      { key: 'a', value: null, timestamp: '1' },
      { key: '', value: '', timestamp: String(2 ** 40) },
    ])
    await topics.produce(topic, [{ key: 'large', value: large, timestamp: '6000' }])
    const partition = await fetched(client, await leaderOf(client, topic), fetchOf(topic), 5)
    expect(recordsOf(partition)).toEqual([
      {
        offset: 0,
        timestamp: 5_000,
        key: Buffer.from('a'),
        value: Buffer.from('1'),
        headers: [
          ['unit', Buffer.from('bpm')],
          ['of', Buffer.from('x')],
          ['of', Buffer.from('y')],
        ],
      },
      { offset: 1, timestamp: 4_000, key: undefined, value: Buffer.from([0, 255]), headers: [] },
      { offset: 2, timestamp: 1, key: Buffer.from('a'), value: undefined, headers: [] },
      { offset: 3, timestamp: 2 ** 40, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] },
      { offset: 4, timestamp: 6_000, key: Buffer.from('large'), value: large, headers: [] },
    ])
    expect(partition).toMatchObject({
      topic,
      partition: 0,
      error: undefined,
      highWatermark: 5,
      lastStableOffset: 5,
      logStartOffset: 0,
      preferredNode: undefined,
      aborted: [],
    })
    expect(
      partition.batches.map(({ lastOffset, marker, isTransactional }) => [lastOffset, marker, isTransactional]),
    ).toEqual([
      [1, undefined, false],
      [3, undefined, false],
      [4, undefined, false],
    ])
  })

  it('gives whole batches: the first may begin before the offset that was asked for', async () => {
    const topic = await topics.create('middle', 1, forEver)
    await topics.produce(topic, [{ value: 'a' }, { value: 'b' }, { value: 'c' }])
    const partition = await fetched(client, await leaderOf(client, topic), fetchOf(topic, {}, 2), 1)
    expect(recordsOf(partition).map(({ offset }) => offset)).toEqual([0, 1, 2])
  })

  it("gives the broker's time where the topic says so", async () => {
    const topic = await topics.create('stamped', 1, { 'message.timestamp.type': 'LogAppendTime' })
    const before = Date.now()
    await topics.produce(topic, [
      { value: 'a', timestamp: '5' },
      { value: 'b', timestamp: '6' },
    ])
    const [a, b] = recordsOf(await fetched(client, await leaderOf(client, topic), fetchOf(topic), 2))
    expect(a?.timestamp).toBeGreaterThanOrEqual(before)
    expect(b?.timestamp).toBe(a?.timestamp)
  })

  it('tells of each partition what is wrong with it, and loses none of the others', async () => {
    const topic = await topics.create('errors', 2)
    await topics.produce(topic, [{ value: 'a', partition: 0 }])
    const node = await leaderOf(client, topic)
    const at = (partition: number, offset: number) => ({ topic, partition, offset, maxBytes: 1_000 })
    const answer = await client.fetch(node, fetchOf(topic, { partitions: [at(7, 0), at(0, 0), at(1, 99)] }))
    expect(answer.map(({ partition, error }) => [partition, error]).sort()).toEqual([
      [0, undefined],
      [1, 'OFFSET_OUT_OF_RANGE'],
      [7, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ])
    expect(answer.flatMap(recordsOf).map(({ value }) => String(value))).toEqual(['a'])
  })

  it('waits for records no longer than it is told, and meanwhile answers other questions', async () => {
    const topic = await topics.create('waiting')
    const node = await leaderOf(client, topic)
    await client.fetch(node, fetchOf(topic, { maxWaitMs: 0 }))
    const before = performance.now()
    const nothing = await client.fetch(node, fetchOf(topic, { maxWaitMs: 300 }))
    expect(performance.now() - before).toBeGreaterThanOrEqual(290)
    expect(nothing.flatMap(recordsOf)).toEqual([])

    let isWaiting = true
    const coming = client.fetch(node, fetchOf(topic, { maxWaitMs: 10_000 })).finally(() => {
      isWaiting = false
    })
    await client.listOffsets(node, { isolation: 'read_committed', partitions: [{ topic, partition: 0, at: 'latest' }] })
    expect(isWaiting).toBe(true)
    await topics.produce(topic, [{ value: 'a' }])
    expect((await coming).flatMap(recordsOf)).toHaveLength(1)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('finds offsets: the ends, and the first record that is late enough', async () => {
    const topic = await topics.create('offsets', 2, forEver)
    await topics.produce(topic, [
      { value: 'a', timestamp: '1000', partition: 0 },
      { value: 'b', timestamp: '2000', partition: 0 },
      { value: 'c', timestamp: '3000', partition: 0 },
    ])
    const node = await leaderOf(client, topic)
    const offsetsAt = async (at: 'earliest' | 'latest' | number) => {
      const partitions = [0, 1, 5].map((partition) => ({ topic, partition, at }))
      const listed = await client.listOffsets(node, { isolation: 'read_uncommitted', partitions })
      return listed.toSorted((a, b) => a.partition - b.partition).map(({ error, offset }) => error ?? offset)
    }
    expect(await offsetsAt('earliest')).toEqual([0, 0, 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(await offsetsAt('latest')).toEqual([3, 0, 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(await offsetsAt(2_000)).toEqual([1, undefined, 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(await offsetsAt(2_001)).toEqual([2, undefined, 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(await offsetsAt(9_000)).toEqual([undefined, undefined, 'UNKNOWN_TOPIC_OR_PARTITION'])
  })

  it('keeps offsets for a group, with a note, and says where there are none', async () => {
    const topic = await topics.create('groups', 2)
    await leaderOf(client, topic)
    const group = `group-of-${topic}`
    const coordinator = await persist(() => client.findCoordinator('group', group))
    const both = [0, 1].map((partition) => ({ topic, partition }))
    expect(await persist(() => client.fetchOffsets(coordinator, group, both))).toEqual(
      both.map((each) => ({ ...each, error: undefined, offset: undefined, metadata: undefined })),
    )
    const committed = await persist(() =>
      client.commitOffsets(coordinator, group, [{ topic, partition: 1, offset: 2 ** 40, metadata: 'checkpoint 7' }]),
    )
    expect(committed).toEqual([{ topic, partition: 1, error: undefined }])
    expect((await client.fetchOffsets(coordinator, group, both)).toSorted((a, b) => a.partition - b.partition)).toEqual(
      [
        { topic, partition: 0, error: undefined, offset: undefined, metadata: undefined },
        { topic, partition: 1, error: undefined, offset: 2 ** 40, metadata: 'checkpoint 7' },
      ],
    )
    expect(await topics.groupOffsets(group, topic)).toEqual([-1, 2 ** 40])
  })
})
