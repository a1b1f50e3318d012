import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaClientFactory, KafkaConnection } from '../../src/kafka/client/client-factory.ts'
import type {
  FetchedBatch,
  FetchedPartition,
  FetchRequest,
  KafkaClient,
  NodeId,
  ProducerSession,
  RecordToProduce,
} from '../../src/kafka/client/kafka-client.ts'
import { KafkaFault, remedyOf } from '../../src/kafka/client/kafka-fault.ts'
import { kafkaJs } from '../../src/kafka/client/kafka-js/kafka-js.ts'
import { platformatic } from '../../src/kafka/client/platformatic/platformatic.ts'

/** Whatever stands behind the port is held to the same. */
export const kafkaClients: readonly KafkaClientFactory[] = [platformatic(), kafkaJs()]

export function connectionTo(brokers: readonly string[], more: Partial<KafkaConnection> = {}): KafkaConnection {
  const times = { connectTimeoutMs: 5_000, requestTimeoutMs: 15_000 }
  return { brokers, clientId: 'test', tls: false, sasl: undefined, ...times, ...more }
}

/** Asks again while that is the remedy, as the port leaves to its caller. */
export async function persist<R>(ask: () => Promise<R>): Promise<R> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      const answer = await ask()
      for (const { error } of Array.isArray(answer) ? answer : [])
        if (error !== undefined) throw new KafkaFault(error, error)
      return answer
    } catch (error) {
      const isPassing = error instanceof KafkaFault && remedyOf(error.fault) !== 'none'
      if (!isPassing || performance.now() > deadline) throw error
      await sleep(20)
    }
  }
}

/** The fault that a request fails with. */
export async function faultOf(request: Promise<unknown>): Promise<KafkaFault> {
  try {
    await request
  } catch (error) {
    if (error instanceof KafkaFault) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Where the leader of a topic's first partition is. */
export function leaderOf(client: KafkaClient, topic: string): Promise<NodeId> {
  return persist(async () => {
    const { topics } = await client.metadata([topic])
    const partition = topics[0]?.partitions[0]
    const error = topics[0]?.error ?? partition?.error
    if (partition?.leader === undefined) throw new KafkaFault(error ?? 'LEADER_NOT_AVAILABLE', topic)
    return partition.leader
  })
}

export function fetchOf(topic: string, more: Partial<FetchRequest> = {}, offset: number = 0): FetchRequest {
  return {
    isolation: 'read_committed',
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 10_000_000,
    partitions: [{ topic, partition: 0, offset, maxBytes: 10_000_000 }],
    ...more,
  }
}

/**
 * What there is of the first partition, once it has so many records. A fetch gives no more than one segment has, and a segment ends
 * where timestamps are a week apart.
 */
export async function fetched(
  client: KafkaClient,
  node: NodeId,
  request: FetchRequest,
  count: number,
): Promise<FetchedPartition> {
  const batches: FetchedBatch[] = []
  for (;;) {
    const partitions = request.partitions.map((each) => ({
      ...each,
      offset: Math.max(each.offset, (batches.at(-1)?.lastOffset ?? -1) + 1),
    }))
    const [partition] = await persist(() => client.fetch(node, { ...request, partitions }))
    batches.push(...(partition?.batches ?? []))
    const all = { ...partition, batches } as FetchedPartition
    if (recordsOf(all).length >= count) return all
  }
}

export function recordsOf({ batches }: FetchedPartition) {
  return batches.flatMap(({ records }) => records)
}

export function record(value: string | undefined, more: Partial<RecordToProduce> = {}): RecordToProduce {
  return {
    key: undefined,
    value: value === undefined ? undefined : Buffer.from(value),
    timestamp: 1_000,
    headers: [],
    ...more,
  }
}

/** A transactional id's coordinator, and a session of it. */
export async function beginSession(
  client: KafkaClient,
  transactionalId: string,
  current?: ProducerSession,
): Promise<{ readonly coordinator: NodeId; readonly session: ProducerSession }> {
  const coordinator = await persist(() => client.findCoordinator('transaction', transactionalId))
  const request = { transactionalId, transactionTimeoutMs: 60_000, ...(current === undefined ? {} : { current }) }
  return { coordinator, session: await persist(() => client.initProducerId(coordinator, request)) }
}
