import type { KafkaCluster } from './cluster.ts'
import type { KafkaCommittable } from './committable.ts'
import { kafkaError } from './kafka-error.ts'
import type { Writing } from './producer.ts'
import type { SinkDelivery } from './sink-delivery.ts'
import type { TransactionCommitter } from './transaction-committer.ts'

/**
 * At least once: visible as soon as it is written; a checkpoint waits until everything before it is. One session for the whole life,
 * so that what is tried again is written once; a restart writes again what came after its checkpoint.
 */
export async function idempotentDelivery(
  cluster: KafkaCluster,
  committer: TransactionCommitter,
): Promise<SinkDelivery> {
  const request = { transactionalId: undefined, transactionTimeoutMs: 0 }
  const session = await cluster.call(
    'a producer id',
    () => cluster.client.initProducerId(undefined, request),
    () => {},
  )
  const writing: Writing = { session, transactionalId: undefined, addPartitions: async () => {} }
  return {
    beginsAnew: false,
    begin: () => writing,
    prepare: () => undefined,
    snapshotState: () => undefined,
    commit: async () => {},
    // Of the same job when it was exactly once.
    recover: async (committables) => {
      for (const prepared of committables as readonly KafkaCommittable[]) await committer.commit(prepared)
    },
    failure: kafkaError,
    close: async () => {},
  }
}
