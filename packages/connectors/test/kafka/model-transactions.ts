import type { NewestSession, ProducerSession } from '../../src/kafka/client/kafka-client.ts'
import { KafkaFault } from '../../src/kafka/client/kafka-fault.ts'

type Outcome = 'open' | 'committed' | 'aborted'

interface ModelTransactionalId {
  producerId: number
  epoch: number
  /** The session that was followed by this one, where it was said. */
  followed: ProducerSession | undefined
  state: 'empty' | 'ongoing' | 'committed' | 'aborted'
  /** Of the transaction that is open, or was last. */
  transaction: number
  partitions: Set<string>
  timeoutMs: number
  begunAt: number
}

/**
 * The coordinator of transactions, with what a client is told by the versions that do not raise the epoch at each end of a
 * transaction (EndTxn up to 4): those that the port speaks.
 */
export class ModelTransactions {
  /** Ms; a test sets it on. */
  now = 0
  readonly #lastEpoch: (id: string) => number
  readonly #ids = new Map<string, ModelTransactionalId>()
  readonly #outcomes: Outcome[] = []
  #nextProducerId = 1_000

  constructor(lastEpoch: number | ((id: string) => number) = 32_766) {
    this.#lastEpoch = typeof lastEpoch === 'number' ? () => lastEpoch : lastEpoch
  }

  outcome(transaction: number): Outcome {
    return this.#outcomes[transaction] as Outcome
  }

  /** How many transactions are open. */
  get open(): number {
    return this.#outcomes.filter((outcome) => outcome === 'open').length
  }

  ids(): string[] {
    return [...this.#ids.keys()]
  }

  newest(id: string): NewestSession | undefined {
    const known = this.#ids.get(id)
    return known === undefined ? undefined : { ...sessionOf(known), isOpen: known.state === 'ongoing' }
  }

  /** As after `transactional.id.expiration.ms`. */
  forget(id: string): void {
    this.#ids.delete(id)
  }

  /** What another instance of the job does to an id. */
  takeAnew(id: string): ProducerSession {
    for (;;) {
      try {
        return this.initProducerId(id, 60_000)
      } catch {}
    }
  }

  initProducerId(id: string | undefined, timeoutMs: number, current?: ProducerSession): ProducerSession {
    if (timeoutMs > 900_000) throw new KafkaFault('INVALID_TRANSACTION_TIMEOUT', String(id))
    if (id === undefined) return { producerId: String(this.#nextProducerId++), epoch: 0 }
    const known = this.#ids.get(id)
    if (known !== undefined && current !== undefined) {
      if (String(known.producerId) !== current.producerId && !isSame(known.followed, current)) {
        throw new KafkaFault('PRODUCER_FENCED', id)
      }
      // What is open is aborted first, whatever the epoch: so does Kafka 4.4.
      if (known.state !== 'ongoing') {
        if (isSame(known.followed, current)) return sessionOf(known)
        if (known.epoch !== current.epoch) throw new KafkaFault('PRODUCER_FENCED', id)
      }
    }
    if (known === undefined || known.epoch >= this.#lastEpoch(id)) {
      const fresh: ModelTransactionalId = {
        producerId: this.#nextProducerId++,
        epoch: 0,
        followed: known === undefined ? undefined : current,
        state: 'empty',
        transaction: -1,
        partitions: new Set(),
        timeoutMs,
        begunAt: 0,
      }
      if (known?.state === 'ongoing') this.#abort(known)
      this.#ids.set(id, fresh)
      return sessionOf(fresh)
    }
    if (known.state === 'ongoing') {
      this.#abort(known)
      throw new KafkaFault('CONCURRENT_TRANSACTIONS', id)
    }
    known.epoch += 1
    known.followed = current
    known.state = 'empty'
    known.timeoutMs = timeoutMs
    return sessionOf(known)
  }

  add(id: string, session: ProducerSession, partitions: readonly string[]): void {
    const known = this.#checked(id, session, 'INVALID_PRODUCER_EPOCH')
    if (known.state !== 'ongoing') {
      known.state = 'ongoing'
      known.partitions = new Set()
      known.begunAt = this.now
      known.transaction = this.#outcomes.push('open') - 1
    }
    for (const partition of partitions) known.partitions.add(partition)
  }

  /** The transaction that a batch belongs to, or why it is refused (KIP-890, for old clients). */
  writable(id: string, session: ProducerSession, partition: string): number | string {
    const known = this.#ids.get(id)
    if (known === undefined || String(known.producerId) !== session.producerId) return 'INVALID_PRODUCER_ID_MAPPING'
    if (known.epoch !== session.epoch) return 'INVALID_PRODUCER_EPOCH'
    if (known.state !== 'ongoing' || !known.partitions.has(partition)) return 'INVALID_TXN_STATE'
    return known.transaction
  }

  end(id: string, session: ProducerSession, commit: boolean): void {
    const known = this.#checked(id, session, 'PRODUCER_FENCED')
    const wanted = commit ? 'committed' : 'aborted'
    if (known.state === wanted) return
    if (known.state !== 'ongoing') throw new KafkaFault('INVALID_TXN_STATE', id)
    known.state = wanted
    this.#outcomes[known.transaction] = wanted
  }

  /** Aborts what has been open for too long; the epoch goes up, so that its producer is fenced. */
  expire(): void {
    for (const known of this.#ids.values()) {
      if (known.state === 'ongoing' && this.now - known.begunAt > known.timeoutMs) this.#abort(known)
    }
  }

  #abort(known: ModelTransactionalId): void {
    known.epoch += 1
    known.state = 'aborted'
    this.#outcomes[known.transaction] = 'aborted'
  }

  #checked(id: string, session: ProducerSession, ifFenced: string): ModelTransactionalId {
    const known = this.#ids.get(id)
    if (known === undefined || String(known.producerId) !== session.producerId) {
      throw new KafkaFault('INVALID_PRODUCER_ID_MAPPING', id)
    }
    if (known.epoch !== session.epoch) throw new KafkaFault(ifFenced, id)
    return known
  }
}

function isSame(one: ProducerSession | undefined, other: ProducerSession): boolean {
  return one !== undefined && one.producerId === other.producerId && one.epoch === other.epoch
}

function sessionOf({ producerId, epoch }: ModelTransactionalId): ProducerSession {
  return { producerId: String(producerId), epoch }
}
