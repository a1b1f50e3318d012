import type {
  InitProducerIdRequest,
  NodeId,
  PartitionResult,
  ProducerSession,
  TopicPartition,
} from './client/kafka-client.ts'
import { KafkaFault } from './client/kafka-fault.ts'
import { allWell, type KafkaCluster } from './cluster.ts'

/** What a coordinator gave for a transactional id. */
export interface BegunSession {
  readonly session: ProducerSession
  /** False where an earlier try may have been carried out as well, and then has raised the epoch. */
  readonly isCertain: boolean
}

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

  /**
   * Takes an id anew: aborts what is open under it, and fences whoever had it. With `current` only where that is still the newest
   * session of the id: else it is refused, and nothing is aborted.
   */
  async begin(id: string, current?: ProducerSession): Promise<BegunSession> {
    let isCertain = true
    const request: InitProducerIdRequest = {
      transactionalId: id,
      transactionTimeoutMs: this.timeoutMs,
      ...(current === undefined ? {} : { current }),
    }
    const session = await this.#call(`a session for transactional id '${id}'`, id, async (node) => {
      try {
        return await this.#cluster.client.initProducerId(node, request)
      } catch (cause) {
        if (!(cause instanceof KafkaFault && NOT_CARRIED_OUT.includes(cause.fault))) isCertain = false
        throw cause
      }
    })
    return { session, isCertain }
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
