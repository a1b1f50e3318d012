import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaBroker } from '../../../test/kafka/kafka-broker.ts'
import {
  beginSession,
  connectionTo,
  faultOf,
  fetchOf,
  kafkaClients,
  leaderOf,
  persist,
  record,
} from '../../../test/kafka/kafka-clients.ts'
import { KafkaTopics } from '../../../test/kafka/kafka-topics.ts'
import type { KafkaClient } from './kafka-client.ts'

let broker: KafkaBroker
let topics: KafkaTopics

beforeAll(async () => {
  broker = await KafkaBroker.start({ nodes: 2, properties: { 'default.replication.factor': '1' } })
  topics = await KafkaTopics.open(broker.bootstrap)
})

afterAll(async () => {
  await topics.close()
  await broker.close()
})

describe.each(kafkaClients)('$name, with several brokers', (factory) => {
  let client: KafkaClient

  beforeAll(async () => {
    client = await factory.create(connectionTo(broker.bootstrap.slice(0, 1)))
  })

  afterAll(() => client.close())

  /** The only other one. */
  async function nodeBeside(node: number): Promise<number> {
    const { brokers } = await client.metadata([])
    return brokers.find((each) => each.node !== node)?.node ?? -1
  }

  it('reaches all of them, once it was told of them by one', async () => {
    const topic = await topics.create('spread', 4)
    await leaderOf(client, topic)
    const { brokers, topics: found } = await client.metadata([topic])
    expect(brokers).toHaveLength(2)
    expect(new Set(found[0]?.partitions.map(({ leader }) => leader)).size).toBe(2)
    for (const { partition, leader } of found[0]?.partitions ?? []) {
      const request = fetchOf(topic, { maxWaitMs: 0, partitions: [{ topic, partition, offset: 0, maxBytes: 1_000 }] })
      expect(await client.fetch(leader ?? -1, request)).toMatchObject([{ partition, error: undefined }])
    }
  })

  it('is told by a broker that it is not the one that leads', async () => {
    const topic = await topics.create('led')
    const other = await nodeBeside(await leaderOf(client, topic))
    const error = 'NOT_LEADER_OR_FOLLOWER'
    expect(await client.fetch(other, fetchOf(topic))).toMatchObject([{ error }])
    const partitions = [{ topic, partition: 0, at: 'latest' }] as const
    expect(await client.listOffsets(other, { isolation: 'read_committed', partitions })).toMatchObject([{ error }])
    const session = await persist(() =>
      client.initProducerId(undefined, { transactionalId: undefined, transactionTimeoutMs: 1_000 }),
    )
    const batches = [{ topic, partition: 0, firstSequence: 0, records: [record('a', { timestamp: Date.now() })] }]
    const request = { transactionalId: undefined, session, timeoutMs: 1_000, compression: 'none', batches } as const
    expect(await client.produce(other, request)).toMatchObject([{ error, firstOffset: undefined }])
  })

  it('is told by a broker that it is not the one that coordinates', async () => {
    const topic = await topics.create('coordinated')
    const id = `coordinated-${factory.name}`
    const { coordinator, session } = await beginSession(client, id)
    const other = await nodeBeside(coordinator)
    const ask = { transactionalId: id, transactionTimeoutMs: 1_000 }
    const partitions = [{ topic, partition: 0 }]
    expect((await faultOf(client.initProducerId(other, ask))).fault).toBe('NOT_COORDINATOR')
    expect((await faultOf(client.endTransaction(other, id, session, true))).fault).toBe('NOT_COORDINATOR')
    expect(await client.addPartitionsToTransaction(other, id, session, partitions)).toMatchObject([
      { error: 'NOT_COORDINATOR' },
    ])
    const beside = await nodeBeside(await persist(() => client.findCoordinator('group', id)))
    expect(await client.commitOffsets(beside, id, [{ topic, partition: 0, offset: 1 }])).toMatchObject([
      { error: 'NOT_COORDINATOR' },
    ])
    expect((await faultOf(client.fetchOffsets(beside, id, partitions))).fault).toBe('NOT_COORDINATOR')
  })
})
