import { MillraceConnectorError } from '../errors.ts'
import type {
  InitProducerIdRequest,
  NodeId,
  PartitionResult,
  ProducerSession,
  TopicPartition,
} from './client/kafka-client.ts'
import { KafkaFault } from './client/kafka-fault.ts'
import { allWell, type KafkaCluster } from './cluster.ts'
import { faultName, isRefusal } from './transaction-errors.ts'

/** After these a request has surely not been carried out. */
const NOT_CARRIED_OUT = ['UNREACHABLE', 'CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS']

/** A last request, which nobody waits for much longer. */
const LAST_REQUEST_MS = 2_000

/** What is asked of the coordinators of transactions: tried again while there is hope, as `KafkaCluster.call` says. */
export class TransactionCoordinator {
  readonly timeoutMs: number
  readonly #cluster: KafkaCluster
  readonly #nodes = new Map<string, NodeId>()

  constructor(cluster: KafkaCluster, timeoutMs: number) {
    this.#cluster = cluster
    this.timeoutMs = timeoutMs
  }

  /** Takes an id anew: aborts what is open under it, and fences whoever had it. */
  async take(id: string): Promise<ProducerSession> {
    return this.#init(id, (node, request) => this.#cluster.client.initProducerId(node, request))
  }

  /**
   * The session that follows ours, where that is the newest of the id, or the coordinator does not know the id: else it is refused. What
   * is open under it is aborted first in any case, also where it is refused: only for ids that nobody but us writes under.
   *
   * @throws KAFKA_UNREACHABLE where it is refused, and it may be we who have taken it, by a try whose answer was lost
   */
  async follow(id: string, current: ProducerSession): Promise<ProducerSession> {
    let isCertain = true
    try {
      return await this.#init(id, async (node, request) => {
        try {
          return await this.#cluster.client.initProducerId(node, { ...request, current })
        } catch (cause) {
          // A refusal is an answer; what came before it may have been carried out.
          isCertain &&= isRefusal(cause) || (cause instanceof KafkaFault && NOT_CARRIED_OUT.includes(cause.fault))
          throw cause
        }
      })
    } catch (cause) {
      if (isCertain || !isRefusal(cause)) throw cause
      const what = `an answer about transactional id '${id}' was lost, and it may have been taken by us or by another instance`
      // Without the cause, which would make a refusal of it.
      throw new MillraceConnectorError('KAFKA_UNREACHABLE', what)
    }
  }

  /** The newest session that anybody has had of the id. */
  async newest(id: string): Promise<ProducerSession | undefined> {
    return this.#call(`the newest session of transactional id '${id}'`, id, (node) =>
      this.#cluster.client.newestSession(node, id),
    )
  }

  async addPartitions(id: string, session: ProducerSession, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#call(`partitions for the transaction of '${id}'`, id, async (node) => {
      const results = await this.#cluster.client.addPartitionsToTransaction(node, id, session, partitions)
      // One that is refused takes the others with it; they say only that.
      allWell(results.toSorted((a, b) => Number(isFollowing(a)) - Number(isFollowing(b))))
    })
  }

  async end(id: string, session: ProducerSession, commit: boolean, forMs?: number): Promise<void> {
    const what = `the ${commit ? 'commit' : 'abort'} of the transaction of '${id}'`
    await this.#call(what, id, (node) => this.#cluster.client.endTransaction(node, id, session, commit), forMs)
  }

  /** Asks once, so that readers need not wait for the time-out; also when the job is over. */
  async abortIfPossible(id: string, session: ProducerSession): Promise<void> {
    const node = this.#nodes.get(id)
    if (node === undefined) return
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, LAST_REQUEST_MS)
    const ended = this.#cluster.client.endTransaction(node, id, session, false).catch(() => {})
    await Promise.race([ended, late.promise])
    clearTimeout(timer)
  }

  /** @throws KAFKA_TRANSACTION_TIMEOUT_INVALID where brokers allow less */
  async #init(id: string, ask: (node: NodeId, request: InitProducerIdRequest) => Promise<ProducerSession>) {
    const request = { transactionalId: id, transactionTimeoutMs: this.timeoutMs }
    try {
      return await this.#call(`a session for transactional id '${id}'`, id, (node) => ask(node, request))
    } catch (cause) {
      if (faultName(cause) !== 'INVALID_TRANSACTION_TIMEOUT') throw cause
      throw new MillraceConnectorError(
        'KAFKA_TRANSACTION_TIMEOUT_INVALID',
        `transactionTimeout is ${this.timeoutMs} ms, more than the brokers allow (transaction.max.timeout.ms)`,
        { cause },
      )
    }
  }

  #call<T>(what: string, id: string, request: (node: NodeId) => Promise<T>, forMs?: number): Promise<T> {
    const remembering = (node: NodeId): Promise<T> => {
      this.#nodes.set(id, node)
      return request(node)
    }
    return this.#cluster.callCoordinator(what, 'transaction', id, remembering, forMs)
  }
}

function isFollowing({ error }: PartitionResult): boolean {
  return error === 'OPERATION_NOT_ATTEMPTED'
}

export function isSameSession(one: ProducerSession | undefined, other: ProducerSession): boolean {
  return one?.producerId === other.producerId && one.epoch === other.epoch
}
