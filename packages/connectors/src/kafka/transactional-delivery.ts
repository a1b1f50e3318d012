import type { Committable } from '@millrace/core/connector'
import type { KafkaFault } from './client/kafka-fault.ts'
import type { KafkaCommittable } from './committable.ts'
import { kafkaError } from './kafka-error.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Writing } from './producer.ts'
import type { SinkDelivery } from './sink-delivery.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import { failureInTransaction } from './transaction-errors.ts'
import type { PooledTransaction, PoolState, TransactionPool } from './transaction-pool.ts'

interface OpenTransaction extends PooledTransaction {
  /** When the coordinator was first asked for it, in ms since 1970; before that it is not open there. */
  begunAt: number | undefined
}

/**
 * Exactly once: what is written between two barriers is a transaction, prepared with the checkpoint and committed when that is
 * durable. It begins with its first record.
 */
export class TransactionalDelivery implements SinkDelivery {
  readonly beginsAnew = true
  readonly #pool: TransactionPool
  readonly #coordinator: TransactionCoordinator
  #open: OpenTransaction | undefined

  constructor(pool: TransactionPool, coordinator: TransactionCoordinator) {
    this.#pool = pool
    this.#coordinator = coordinator
  }

  async begin(): Promise<Writing> {
    const { transactionalId, session } = await this.#pool.begin()
    const open: OpenTransaction = { transactionalId, session, begunAt: undefined }
    this.#open = open
    return {
      session,
      transactionalId,
      addPartitions: async (partitions) => {
        open.begunAt ??= Date.now()
        try {
          await this.#coordinator.addPartitions(transactionalId, session, partitions)
        } catch (cause) {
          throw this.#failure('partitions were not added', cause)
        }
      },
    }
  }

  prepare(checkpointId: number, written: readonly PartitionQueue[]): KafkaCommittable | undefined {
    const open = this.#open
    this.#open = undefined
    this.#pool.prepare(checkpointId, open)
    if (open === undefined) return undefined
    return {
      version: 1,
      transactionalId: open.transactionalId,
      ...open.session,
      checkpointId,
      preparedAt: Date.now(),
      records: written.reduce((sum, { acknowledgedRecords }) => sum + acknowledgedRecords, 0),
      partitions: written.map(({ topic, partition, firstOffset, lastOffset }) => ({
        topic,
        partition,
        firstOffset,
        lastOffset,
      })),
    }
  }

  snapshotState(): PoolState {
    return this.#pool.snapshotState()
  }

  async commit(committable: Committable): Promise<void> {
    await this.#pool.commit(committable as KafkaCommittable)
  }

  async recover(committables: readonly Committable[], state: unknown): Promise<void> {
    await this.#pool.recover(committables as readonly KafkaCommittable[], state as PoolState | undefined)
  }

  failure(what: string, fault: KafkaFault): Error {
    return this.#failure(what, fault)
  }

  /** What is prepared is left as it is: a checkpoint may count on it. */
  async close(): Promise<void> {
    const open = this.#open
    if (open?.begunAt === undefined) return
    await this.#coordinator.abortIfPossible(open.transactionalId, open.session)
  }

  #failure(what: string, cause: unknown): Error {
    const open = this.#open
    if (open?.begunAt === undefined) return kafkaError(what, cause)
    const { transactionalId, begunAt } = open
    return failureInTransaction(what, cause, { transactionalId, begunAt, timeoutMs: this.#coordinator.timeoutMs })
  }
}
