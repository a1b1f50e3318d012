import { MillraceConnectorError } from '../errors.ts'
import type { ProducerSession } from './client/kafka-client.ts'
import type { KafkaCommittable } from './committable.ts'
import type { TransactionCommitter } from './transaction-committer.ts'
import { isSameSession, type TransactionCoordinator } from './transaction-coordinator.ts'
import { faultName, isRefusal } from './transaction-errors.ts'

/** In a checkpoint. `version` is that of this shape. */
export interface PoolState {
  readonly version: 1
  readonly checkpointId: number
  /** How many ids have ever been used: those from 0 on. */
  readonly ids: number
}

/** Ids that a job takes at its start; a transaction that is open, one that is prepared and one that is committed need one each. */
const POOL_SIZE = 3

/** What a transaction is written under. */
export interface PooledTransaction {
  readonly transactionalId: string
  readonly session: ProducerSession
}

interface Slot {
  readonly transactionalId: string
  /** The newest that we had, or that a checkpoint tells us of. */
  session: ProducerSession
  /** Whether a transaction of this session has been begun: then the next one needs a new session. */
  isUsed: boolean
  state: SlotState
  /** The last checkpoint that holds its transaction. */
  heldBy: number
}

/**
 * `ended`: committed, and a checkpoint that a restore may start from still holds it. `retired`: lost; nobody knows what became of
 * the id, and it is not used again in this life.
 */
type SlotState = 'free' | 'open' | 'prepared' | 'ended' | 'retired'

/**
 * Transactional ids of one writer, `prefix-0`, `prefix-1` ..., one for each transaction that is pending.
 *
 * ```
 *   free ── begin ──► open ── prepare(7) ──► prepared ── commit, 7 is durable ──► ended ── commit, 8 is durable ──► free
 *            └ a new session: the epoch goes up by one
 * ```
 *
 * Decision 0034 says why each rule is there. An id whose transaction a checkpoint still holds is not touched, so that a process that
 * starts from that checkpoint can commit again, and learns whether it is lost. Each transaction has a session of its own, so that
 * no commit can end another. The lowest free id is taken first, so that a successor finds all that were ever used by going up until
 * one is not known: by that it aborts what a dead process left open, and fences one that is not dead.
 */
export class TransactionPool {
  readonly #prefix: string
  readonly #coordinator: TransactionCoordinator
  readonly #committer: TransactionCommitter
  #slots: Slot[] = []
  #checkpointId = 0

  constructor(prefix: string, coordinator: TransactionCoordinator, committer: TransactionCommitter) {
    this.#prefix = prefix
    this.#coordinator = coordinator
    this.#committer = committer
  }

  /**
   * Before anything else: commits what the checkpoint holds, and takes all other ids that were ever used.
   *
   * @throws KAFKA_TRANSACTION_LOST, KAFKA_TRANSACTION_TIMEOUT_INVALID, and what a coordinator's fault means
   */
  async recover(committables: readonly KafkaCommittable[], state: PoolState | undefined): Promise<void> {
    const newest = committables.reduce((highest, { checkpointId }) => Math.max(highest, checkpointId), 0)
    this.#checkpointId = state?.checkpointId ?? newest
    const held = new Map<string, Slot>()
    for (const prepared of committables) {
      const isCommitted = await this.#committer.commit(prepared)
      const { transactionalId, producerId, epoch } = prepared
      held.set(transactionalId, {
        transactionalId,
        session: { producerId, epoch },
        isUsed: true,
        state: isCommitted ? 'ended' : 'retired',
        heldBy: this.#checkpointId,
      })
    }
    const known = Math.max(state?.ids ?? 0, ...[...held.keys()].map((id) => this.#indexOf(id) + 1))
    const slots: Slot[] = []
    let taken = 0
    const isKnown = async (): Promise<boolean> =>
      (await this.#coordinator.newest(this.#idOf(slots.length))) !== undefined
    while (slots.length < known || taken < POOL_SIZE || (await isKnown())) {
      const transactionalId = this.#idOf(slots.length)
      const slot = held.get(transactionalId)
      if (slot !== undefined) {
        slots.push(slot)
        continue
      }
      const session = await this.#take(transactionalId)
      slots.push({ transactionalId, session, isUsed: false, state: 'free', heldBy: 0 })
      taken += 1
    }
    this.#slots = slots
  }

  /**
   * An id and a session that no transaction was begun with.
   *
   * @throws KAFKA_FENCED where somebody else has used the id since
   */
  async begin(): Promise<PooledTransaction> {
    const slot = this.#slots.find(({ state }) => state === 'free')
    if (slot === undefined) return this.#grow()
    slot.state = 'open'
    if (slot.isUsed) slot.session = await this.#renew(slot)
    slot.isUsed = true
    return { transactionalId: slot.transactionalId, session: slot.session }
  }

  /** At each barrier, with what was written before it. All that is prepared and not committed now is in this checkpoint. */
  prepare(checkpointId: number, written: PooledTransaction | undefined): void {
    this.#checkpointId = checkpointId
    for (const slot of this.#slots) {
      if (slot.transactionalId === written?.transactionalId) slot.state = 'prepared'
      if (slot.state === 'prepared') slot.heldBy = checkpointId
    }
  }

  /** @throws KAFKA_TRANSACTION_LOST */
  async commit(prepared: KafkaCommittable): Promise<void> {
    const isCommitted = await this.#committer.commit(prepared)
    for (const slot of this.#slots) {
      if (isOf(slot, prepared) && slot.state === 'prepared') slot.state = isCommitted ? 'ended' : 'retired'
      // A checkpoint from this one on is durable, and holds what was committed before it no more.
      if (slot.state === 'ended' && slot.heldBy < prepared.checkpointId) slot.state = 'free'
    }
  }

  snapshotState(): PoolState {
    return { version: 1, checkpointId: this.#checkpointId, ids: this.#slots.length }
  }

  /**
   * One id more, which nobody has had. The coordinator is told a session of another of our ids as the one to follow, which it can be
   * only where the id is new: nothing is aborted that a successor of us has open under it.
   */
  async #grow(): Promise<PooledTransaction> {
    const transactionalId = this.#idOf(this.#slots.length)
    try {
      const session = await this.#take(transactionalId, this.#slots[0]?.session)
      this.#slots.push({ transactionalId, session, isUsed: true, state: 'open', heldBy: 0 })
      return { transactionalId, session }
    } catch (cause) {
      if (!isRefusal(cause)) throw cause
      await this.#checkNewest()
      // A zombie may have come to it before us. A start takes what it has.
      const what = `transactional id '${transactionalId}' is not new, and it is not we who have used it`
      throw new MillraceConnectorError('KAFKA_REQUEST_FAILED', what)
    }
  }

  /** @throws KAFKA_FENCED where somebody else has taken an id that we have */
  async #checkNewest(): Promise<void> {
    for (const { transactionalId, session, state } of this.#slots) {
      if (state === 'retired') continue
      if (isSameSession(await this.#coordinator.newest(transactionalId), session)) continue
      throw fenced(transactionalId, `epoch ${session.epoch} is not the newest`)
    }
  }

  /** The session that follows ours, where it is still the newest. */
  async #renew({ transactionalId, session: before }: Slot): Promise<ProducerSession> {
    try {
      const session = await this.#take(transactionalId, before)
      // A producer id has 32,767 epochs; after the last the coordinator gives another one.
      if (session.producerId !== before.producerId || session.epoch === before.epoch + 1) return session
      throw fenced(transactionalId, `we had epoch ${before.epoch}, and ${session.epoch} follows`)
    } catch (cause) {
      throw isRefusal(cause) ? fenced(transactionalId, `epoch ${before.epoch} is not the newest`, cause) : cause
    }
  }

  async #take(id: string, current?: ProducerSession): Promise<ProducerSession> {
    try {
      return await this.#coordinator.begin(id, current)
    } catch (cause) {
      if (faultName(cause) !== 'INVALID_TRANSACTION_TIMEOUT') throw cause
      throw new MillraceConnectorError(
        'KAFKA_TRANSACTION_TIMEOUT_INVALID',
        `transactionTimeout is ${this.#coordinator.timeoutMs} ms, more than the brokers allow (transaction.max.timeout.ms)`,
        { cause },
      )
    }
  }

  #idOf(n: number): string {
    return `${this.#prefix}-${n}`
  }

  /** -1 for an id of another prefix: none of ours will ever meet it. */
  #indexOf(id: string): number {
    const n = Number(id.slice(this.#prefix.length + 1))
    return this.#idOf(n) === id ? n : -1
  }
}

function fenced(id: string, why: string, cause?: unknown): MillraceConnectorError {
  const what = `another instance of the job has used transactional id '${id}': ${why}`
  return new MillraceConnectorError('KAFKA_FENCED', what, { cause })
}

function isOf({ transactionalId, session }: Slot, prepared: KafkaCommittable): boolean {
  if (transactionalId !== prepared.transactionalId) return false
  return session.producerId === prepared.producerId && session.epoch === prepared.epoch
}
