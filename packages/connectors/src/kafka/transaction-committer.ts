import type { OperatorMetrics } from '@millrace/core/connector'
import type { KafkaCommittable } from './committable.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import { isRefusal, lostTransaction } from './transaction-errors.ts'

/** What happens when a transaction that a checkpoint counts on cannot be committed. */
export type OnLostTransaction = 'fail' | 'continue'

/** Commits of this life that are remembered. */
const REMEMBERED = 1_000
/** A commit is tried for at least so long, however old its transaction. */
const LEAST_MS = 30_000

/**
 * Commits prepared transactions: of this process, and of one that died. Each is named by its own session (producer id and epoch), so
 * that a coordinator's "done" cannot speak of another transaction of the same id.
 */
export class TransactionCommitter {
  readonly #coordinator: TransactionCoordinator
  readonly #onLost: OnLostTransaction
  readonly #metrics: OperatorMetrics | undefined
  /** Their ids may be in use again, and then a coordinator could no longer say. */
  readonly #committed = new Set<string>()

  constructor(coordinator: TransactionCoordinator, onLost: OnLostTransaction, metrics: OperatorMetrics | undefined) {
    this.#coordinator = coordinator
    this.#onLost = onLost
    this.#metrics = metrics
  }

  /**
   * Whether it is committed, now or before. False where it is lost and the job goes on all the same.
   *
   * @throws KAFKA_TRANSACTION_LOST where the coordinator refuses; KAFKA_UNREACHABLE where none answered before the transaction's time was over
   */
  async commit(prepared: KafkaCommittable): Promise<boolean> {
    const { transactionalId, producerId, epoch, preparedAt } = prepared
    const name = `${transactionalId} ${producerId} ${epoch}`
    if (this.#committed.has(name)) return true
    const { timeoutMs } = this.#coordinator
    const leftMs = preparedAt + timeoutMs - Date.now()
    try {
      await this.#coordinator.end(transactionalId, { producerId, epoch }, true, Math.max(LEAST_MS, leftMs))
    } catch (cause) {
      if (!isRefusal(cause)) throw cause
      const lost = lostTransaction(prepared, timeoutMs, cause)
      if (this.#onLost === 'fail') throw lost
      this.#metrics?.counter('lostTransactions').add(1)
      this.#metrics?.counter('lostRecords').add(prepared.records)
      process.emitWarning(lost.message, { code: lost.code })
      return false
    }
    this.#remember(name)
    return true
  }

  #remember(name: string): void {
    this.#committed.add(name)
    if (this.#committed.size <= REMEMBERED) return
    const [oldest] = this.#committed
    this.#committed.delete(oldest as string)
  }
}
