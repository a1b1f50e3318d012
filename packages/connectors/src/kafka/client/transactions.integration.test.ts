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
import type { KafkaClient, NodeId, ProducerSession } from './kafka-client.ts'

const { bootstrap } = inject('kafka')
let topics: KafkaTopics
let witness: KafkaWitness
let clients: readonly KafkaClient[]

beforeAll(async () => {
  topics = await KafkaTopics.open(bootstrap)
  witness = await KafkaWitness.start(bootstrap)
  clients = await Promise.all(kafkaClients.map((factory) => factory.create(connectionTo(bootstrap))))
})

afterAll(async () => {
  await Promise.all([topics.close(), witness.close(), ...clients.map((client) => client.close())])
})

interface Begun {
  readonly id: string
  readonly coordinator: NodeId
  readonly session: ProducerSession
}

let made = 0

async function begin(client: KafkaClient): Promise<Begun> {
  const id = `tx-${process.pid}-${++made}`
  return { id, ...(await beginSession(client, id)) }
}

function write(client: KafkaClient, node: NodeId, { id, session }: Begun, topic: string, value: string, sequence = 0) {
  const batches = [{ topic, partition: 0, firstSequence: sequence, records: [record(value)] }]
  return client.produce(node, { transactionalId: id, session, timeoutMs: 5_000, compression: 'none', batches })
}

/** A topic, and a transaction in which a record has been written to it. */
async function prepared(client: KafkaClient) {
  const topic = await topics.create('transactions', 1, { 'retention.ms': '-1' })
  const node = await leaderOf(client, topic)
  const begun = await begin(client)
  await persist(() => add(client, begun, topic))
  await persist(() => write(client, node, begun, topic, 'a'))
  return { topic, node, begun }
}

function add(client: KafkaClient, { id, coordinator, session }: Begun, topic: string) {
  return client.addPartitionsToTransaction(coordinator, id, session, [{ topic, partition: 0 }])
}

function end(client: KafkaClient, { id, session }: Begun, isCommit: boolean): Promise<void> {
  return persist(async () =>
    client.endTransaction(await client.findCoordinator('transaction', id), id, session, isCommit),
  )
}

describe.each([
  [0, 0],
  [1, 1],
  [0, 1],
  [1, 0],
])('transactions of client %i, ended by client %i', (one, other) => {
  let first: KafkaClient
  let second: KafkaClient

  beforeAll(() => {
    first = clients[one] as KafkaClient
    second = clients[other] as KafkaClient
  })

  it('are seen once they are committed, and not before', async () => {
    const { topic, node, begun } = await prepared(first)
    const open = await persist(() => second.fetch(node, fetchOf(topic, { maxWaitMs: 100 })))
    expect(open).toMatchObject([{ highWatermark: 1, lastStableOffset: 0, batches: [] }])
    const uncommitted = await fetched(second, node, fetchOf(topic, { isolation: 'read_uncommitted' }), 1)
    expect(uncommitted.batches).toMatchObject([{ isTransactional: true, producerId: begun.session.producerId }])

    await end(second, begun, true)
    const { batches, aborted } = await fetched(second, node, fetchOf(topic), 1)
    expect(aborted).toEqual([])
    expect(batches[0]).toMatchObject({ lastOffset: 0, isTransactional: true, producerId: begun.session.producerId })
    await expect.poll(() => markers(second, node, topic)).toEqual(['commit'])
    expect((await witness.read(topic, 'read_committed')).map(({ value }) => String(value))).toEqual(['a'])
  })

  it('may be committed twice to the same effect, and not aborted after', async () => {
    const { topic, node, begun } = await prepared(first)
    await end(first, begun, true)
    await end(second, begun, true)
    expect((await faultOf(end(second, begun, false))).fault).toBe('INVALID_TXN_STATE')
    await expect.poll(() => markers(second, node, topic)).toEqual(['commit'])
    expect(await witness.read(topic, 'read_committed')).toHaveLength(1)
  })

  it('are listed and marked where they were aborted', async () => {
    const { topic, node, begun } = await prepared(first)
    await end(second, begun, false)
    await expect.poll(() => markers(second, node, topic)).toEqual(['abort'])
    const partition = await fetched(second, node, fetchOf(topic), 1)
    expect(partition.aborted).toEqual([{ producerId: begun.session.producerId, firstOffset: 0 }])
    expect(recordsOf(partition)).toHaveLength(1)
    expect(await witness.read(topic, 'read_committed')).toEqual([])
  })

  it('are not disturbed by who asks for their id as one that follows a session of another', async () => {
    const { topic, node, begun } = await prepared(first)
    const stranger = await begin(second)
    expect(await second.newestSession(begun.coordinator, begun.id)).toEqual({ ...begun.session, isOpen: true })
    const request = { transactionalId: begun.id, transactionTimeoutMs: 60_000, current: stranger.session }
    expect((await faultOf(second.initProducerId(begun.coordinator, request))).fault).toBe('PRODUCER_FENCED')
    await end(first, begun, true)
    await expect.poll(() => markers(second, node, topic)).toEqual(['commit'])
    expect(await witness.read(topic, 'read_committed')).toHaveLength(1)

    const id = `${begun.id}-new`
    const coordinator = await first.findCoordinator('transaction', id)
    expect(await second.newestSession(await second.findCoordinator('transaction', id), id)).toBeUndefined()
    const fresh = await first.initProducerId(coordinator, { ...request, transactionalId: id })
    expect(fresh).toMatchObject({ epoch: 0 })
    expect(await second.newestSession(coordinator, id)).toEqual({ ...fresh, isOpen: false })
  })

  it('are fenced by a newer session of the same id, which aborts what was open', async () => {
    const { topic, node, begun } = await prepared(first)
    const { session: newer } = await beginSession(second, begun.id)
    expect(newer.epoch).toBeGreaterThan(begun.session.epoch)
    expect(await write(first, node, begun, topic, 'zombie', 1)).toMatchObject([{ error: 'INVALID_PRODUCER_EPOCH' }])
    expect(await add(first, begun, topic)).toMatchObject([{ error: 'PRODUCER_FENCED' }])
    for (const isCommit of [true, false]) {
      expect((await faultOf(end(first, begun, isCommit))).fault).toBe('PRODUCER_FENCED')
    }
    await expect.poll(() => markers(second, node, topic)).toEqual(['abort'])
    expect(await witness.read(topic, 'read_committed')).toEqual([])
  })

  it('are not aborted by one who follows an older session than the newest', async () => {
    const zombie = await begin(first)
    const { session: newer } = await beginSession(second, zombie.id, zombie.session)
    expect((await beginSession(second, zombie.id, zombie.session)).session).toEqual(newer)
    const { session: newest } = await beginSession(second, zombie.id, newer)
    expect(newest.epoch).toBe(newer.epoch + 1)
    const fault = await faultOf(beginSession(first, zombie.id, zombie.session))
    expect(fault.fault).toBe('PRODUCER_FENCED')
  })

  it('of an id that is not known are refused', async () => {
    const { session, coordinator } = await begin(first)
    const fault = await faultOf(second.endTransaction(coordinator, 'never-seen', session, true))
    expect(fault.fault).toBe('INVALID_PRODUCER_ID_MAPPING')
  })
})

/** How the transaction of the record at offset 0 ended. A coordinator answers that one has ended before its marker is written. */
async function markers(client: KafkaClient, node: NodeId, topic: string): Promise<unknown[]> {
  const [partition] = await persist(() => client.fetch(node, fetchOf(topic, { maxWaitMs: 50 }, 1)))
  return partition?.batches.flatMap(({ marker }) => marker ?? []) ?? []
}
