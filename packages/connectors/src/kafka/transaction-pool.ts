import { MillraceConnectorError } from '../errors.ts'
import type { ProducerSession } from './client/kafka-client.ts'
import type { KafkaCommittable } from './committable.ts'
import { EarlierGenerations, type EarlierIds } from './earlier-generations.ts'
import { GenerationClaim } from './generation-claim.ts'
import type { TransactionCommitter } from './transaction-committer.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'
import { isRefusal } from './transaction-errors.ts'
import { type Generation, TransactionalIds } from './transactional-ids.ts'

/** In a checkpoint. `version` is that of this shape. */
export interface PoolState {
  readonly version: 2
  /** Whose ids its transactions have. */
  readonly generation: Generation
  /** How many ids of it have been used: those from 0 on. */
  readonly ids: number
  /** Ids that the checkpoint before its first one held. */
  readonly inherited: readonly string[]
}

/** As checkpoints had it before generations. */
interface PoolState1 {
  readonly version: 1
  readonly ids: number
}

/** What a transaction is written under. */
export interface PooledTransaction {
  readonly transactionalId: string
  readonly session: ProducerSession
}

interface Slot {
  readonly transactionalId: string
  /** Of the last transaction. */
  session: ProducerSession
  state: SlotState
  /** The last checkpoint that holds its transaction. */
  heldBy: number
}

/**
 * `ended`: committed, and a checkpoint that a restore may start from still holds it. `retired`: lost; nobody knows what became of
 * the id, and it is not used again.
 */
type SlotState = 'free' | 'open' | 'prepared' | 'ended' | 'retired'

/**
 * Transactional ids of one writer, one for each transaction that is pending. They are of a generation that nobody else has: no other
 * writer begins a transaction under them.
 *
 * ```
 *   free ── begin ──► open ── prepare(7) ──► prepared ── commit, 7 is durable ──► ended ── commit, 8 is durable ──► free
 *            └ a new session: the epoch goes up by one
 * ```
 *
 * Decisions 0034 and 0062 say why each rule is there. An id whose transaction a checkpoint still holds is not touched, so that a process that
 * starts from that checkpoint can commit again, and learns whether it is lost. Each transaction has a session of its own, so that
 * no commit can end another. The lowest free id is taken first, so that a successor finds all that were ever used by going up until
 * one is not known: by that it aborts what a dead process left open, and fences one that is not dead. What the checkpoint held that
 * it began from is taken when a later one is durable: who goes back to the older one is refused.
 */
export class TransactionPool {
  readonly #ids: TransactionalIds
  readonly #claim: GenerationClaim
  readonly #coordinator: TransactionCoordinator
  readonly #committer: TransactionCommitter
  readonly #slots: Slot[] = []
  #generation: Generation | undefined
  /** How many ids have been named. */
  #named = 0
  /** Ids that the checkpoint holds which we began from, until a later one is durable. */
  #inherited: readonly string[] = []

  constructor(
    prefix: string,
    coordinator: TransactionCoordinator,
    committer: TransactionCommitter,
    isTaken: () => Promise<boolean> = async () => false,
  ) {
    this.#ids = new TransactionalIds(prefix)
    this.#claim = new GenerationClaim(this.#ids, coordinator, isTaken)
    this.#coordinator = coordinator
    this.#committer = committer
  }

  /**
   * Before anything else: claims a generation, commits what the checkpoint holds, and takes all other ids of earlier ones.
   *
   * @throws KAFKA_FENCED, KAFKA_TRANSACTION_LOST, KAFKA_TRANSACTION_TIMEOUT_INVALID, and what a coordinator's fault means
   */
  async recover(committables: readonly KafkaCommittable[], state: PoolState | PoolState1 | undefined): Promise<void> {
    const claimed = await this.#claim.take()
    for (const prepared of committables) await this.#committer.commit(prepared)
    const held = new Set(committables.map(({ transactionalId }) => transactionalId))
    await new EarlierGenerations(this.#ids, this.#coordinator, held).fence(claimed, earlierIds(state))
    this.#inherited = [...held]
    this.#generation = claimed.generation
  }

  /**
   * An id and a session that no transaction was begun with.
   *
   * @throws KAFKA_FENCED where another instance has begun since
   */
  async begin(): Promise<PooledTransaction> {
    const slot = this.#slots.find(({ state }) => state === 'free') ?? (await this.#grow())
    if (slot.state === 'free') {
      slot.state = 'open'
      slot.session = await this.#renew(slot)
    }
    // Behind it: whoever claims after this finds the id, and fences it.
    await this.#claim.check()
    const { transactionalId, session } = slot
    return { transactionalId, session }
  }

  /** At each barrier, with what was written before it. All that is prepared and not committed now is in this checkpoint. */
  prepare(checkpointId: number, written: PooledTransaction | undefined): void {
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
    for (const id of this.#inherited) await this.#coordinator.take(id)
    this.#inherited = []
  }

  snapshotState(): PoolState {
    return { version: 2, generation: this.#own(), ids: this.#named, inherited: this.#inherited }
  }

  /** One id more. One that is known has been used, and might be held: only coordinators that have lost a claim give it twice. */
  async #grow(): Promise<Slot> {
    let transactionalId: string
    do {
      transactionalId = this.#ids.of(this.#own(), this.#named)
      this.#named += 1
    } while ((await this.#coordinator.newest(transactionalId)) !== undefined)
    const session = await this.#coordinator.take(transactionalId)
    const slot: Slot = { transactionalId, session, state: 'open', heldBy: 0 }
    this.#slots.push(slot)
    return slot
  }

  /** The session that follows ours, where it is still the newest. */
  async #renew({ transactionalId, session: before }: Slot): Promise<ProducerSession> {
    try {
      const session = await this.#coordinator.follow(transactionalId, before)
      // A producer id has 32,767 epochs; after the last the coordinator gives another one.
      if (session.producerId !== before.producerId || session.epoch === before.epoch + 1) return session
      throw fenced(transactionalId, `we had epoch ${before.epoch}, and ${session.epoch} follows`)
    } catch (cause) {
      throw isRefusal(cause) ? fenced(transactionalId, `epoch ${before.epoch} is not the newest`, cause) : cause
    }
  }

  #own(): Generation {
    return this.#generation as Generation
  }
}

/** In a checkpoint of an at-least-once sink there is none. */
function earlierIds(state: PoolState | PoolState1 | undefined): EarlierIds | undefined {
  if (state === undefined) return undefined
  return state.version === 1 ? { generation: undefined, ids: state.ids, inherited: [] } : state
}

function fenced(id: string, why: string, cause?: unknown): MillraceConnectorError {
  const what = `another instance of the job has used transactional id '${id}': ${why}`
  return new MillraceConnectorError('KAFKA_FENCED', what, { cause })
}

function isOf({ transactionalId, session }: Slot, prepared: KafkaCommittable): boolean {
  if (transactionalId !== prepared.transactionalId) return false
  return session.producerId === prepared.producerId && session.epoch === prepared.epoch
}
