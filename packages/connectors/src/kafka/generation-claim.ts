import { MillraceConnectorError } from '../errors.ts'
import type { ProducerSession } from './client/kafka-client.ts'
import { isSameSession, type TransactionCoordinator } from './transaction-coordinator.ts'
import { isRefusal } from './transaction-errors.ts'
import type { Generation, TransactionalIds } from './transactional-ids.ts'

/** What a claim came to. */
export interface Claimed {
  readonly generation: Generation
  /** The newest before it; `undefined` where there is none, or none for days. */
  readonly before: Generation | undefined
}

/**
 * Gives each opening of a sink a generation of its own: a session of one id that nobody writes under, which the coordinator gives once
 * (decision 0062). To take one aborts nothing.
 */
export class GenerationClaim {
  readonly #ids: TransactionalIds
  readonly #coordinator: TransactionCoordinator
  readonly #isTaken: () => Promise<boolean>
  #session: ProducerSession | undefined

  /** `isTaken` says whether another run has the job's checkpoints. */
  constructor(ids: TransactionalIds, coordinator: TransactionCoordinator, isTaken: () => Promise<boolean>) {
    this.#ids = ids
    this.#coordinator = coordinator
    this.#isTaken = isTaken
  }

  /**
   * Where an answer is lost, another is taken, and the one before stays unused. Whoever has the checkpoints behind it may take what earlier
   * generations have: those who take the checkpoints later claim later.
   *
   * @throws KAFKA_FENCED where another run has taken the checkpoints
   */
  async take(): Promise<Claimed> {
    const before = await this.#coordinator.newest(this.#ids.claim)
    const generation = await this.#coordinator.take(this.#ids.claim)
    this.#session = generation
    if (await this.#isTaken()) throw fenced('it took the checkpoints while this one started')
    return { generation, before }
  }

  /**
   * That nobody writes in a later generation.
   *
   * @throws KAFKA_FENCED
   */
  async check(): Promise<void> {
    const newest = await this.#coordinator.newest(this.#ids.claim)
    if (newest === undefined) await this.#claimAgain()
    else await this.#checkLater(newest)
  }

  /** The coordinator forgets what nobody has used for days. It gives a session that follows ours as long as nobody else has asked. */
  async #claimAgain(): Promise<void> {
    try {
      this.#session = await this.#coordinator.follow(this.#ids.claim, this.#own())
    } catch (cause) {
      const newest = isRefusal(cause) ? await this.#coordinator.newest(this.#ids.claim) : undefined
      if (newest === undefined) throw cause
      await this.#checkLater(newest)
    }
  }

  /** One in which nobody has written may be of one who was asleep in its start: that stops by itself. */
  async #checkLater(newest: Generation): Promise<void> {
    const session = this.#own()
    if (isSameSession(newest, session)) return
    if (await this.#isTaken()) throw fenced('it has taken the checkpoints')
    const { producerId } = newest
    const least = producerId === session.producerId ? session.epoch + 1 : 0
    for (let { epoch } = newest; epoch >= least; epoch--) {
      const first = this.#ids.of({ producerId, epoch }, 0)
      if ((await this.#coordinator.newest(first)) !== undefined) throw fenced(`it writes under '${first}'`)
    }
  }

  #own(): ProducerSession {
    return this.#session as ProducerSession
  }
}

function fenced(why: string): MillraceConnectorError {
  return new MillraceConnectorError('KAFKA_FENCED', `another instance of the job has begun since: ${why}`)
}
