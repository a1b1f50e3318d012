import type { OperatorMetrics } from '@millrace/core/connector'
import { retrying } from '../calls/retrying.ts'
import type {
  CoordinatorOf,
  KafkaClient,
  NodeId,
  PartitionResult,
  TopicMetadata,
  TopicPartition,
} from './client/kafka-client.ts'
import { KafkaFault, remedyOf } from './client/kafka-fault.ts'
import { loadClient } from './client/load-client.ts'
import type { ParsedConnection } from './connection-options.ts'
import { kafkaError } from './kafka-error.ts'

/** Between tries. */
const PAUSES = { firstDelayMs: 20, maxDelayMs: 2_000 }

/** For so long a topic that brokers say is not there may just not be known to them all yet. */
const MISSING_FOR_MS = 5_000

/**
 * A cluster as one job's step sees it: who leads which partition, who coordinates which group and transaction, and requests that
 * are tried again while there is hope.
 */
export class KafkaCluster {
  readonly client: KafkaClient
  readonly retryForMs: number
  readonly #signal: AbortSignal
  readonly #metrics: OperatorMetrics | undefined
  readonly #topics = new Map<string, Promise<TopicMetadata>>()
  readonly #known = new Map<string, TopicMetadata>()
  readonly #coordinators = new Map<string, Promise<NodeId>>()

  private constructor(
    client: KafkaClient,
    retryForMs: number,
    signal: AbortSignal,
    metrics: OperatorMetrics | undefined,
  ) {
    this.client = client
    this.retryForMs = retryForMs
    this.#signal = signal
    this.#metrics = metrics
  }

  /** Loads the client; connects nowhere yet. @throws CONNECTOR_PEER_MISSING */
  static async open(
    options: ParsedConnection,
    signal: AbortSignal,
    metrics: OperatorMetrics | undefined,
  ): Promise<KafkaCluster> {
    const client = await (options.client ?? loadClient()).create(options.connection)
    return new KafkaCluster(client, options.retryForMs, signal, metrics)
  }

  /** A topic's partitions, as they were when they were last asked for. @throws KAFKA_TOPIC_MISSING, and what `call` throws */
  topic(name: string): Promise<TopicMetadata> {
    return remembered(this.#topics, name, () => this.#askForTopic(name))
  }

  /** The topic's partitions where they have been asked for: for what is done once a record. */
  known(name: string): TopicMetadata | undefined {
    return this.#known.get(name)
  }

  /** The next to ask for the topic asks a broker. What is known of it stays until then. */
  forgetTopic(name: string): void {
    this.#topics.delete(name)
  }

  /** @throws KafkaFault where it has none, or there is no such partition. */
  async leaderOf({ topic, partition }: TopicPartition): Promise<NodeId> {
    const found = (await this.topic(topic)).partitions.find((each) => each.partition === partition)
    if (found === undefined) throw new KafkaFault('UNKNOWN_TOPIC_OR_PARTITION', `${topic}-${partition} is not there`)
    if (found.leader === undefined) throw new KafkaFault('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader`)
    return found.leader
  }

  /** A request to the leader of a partition. `what` is for errors. */
  callLeader<T>(what: string, of: TopicPartition, request: (node: NodeId) => Promise<T>): Promise<T> {
    const tries = async (): Promise<T> => request(await this.leaderOf(of))
    return this.call(what, tries, () => this.forgetTopic(of.topic))
  }

  /** A request to the coordinator of a group or a transactional id. */
  callCoordinator<T>(
    what: string,
    of: CoordinatorOf,
    key: string,
    request: (node: NodeId) => Promise<T>,
    forMs?: number,
  ): Promise<T> {
    const at = `${of}:${key}`
    const tries = async (): Promise<T> =>
      request(await remembered(this.#coordinators, at, () => this.client.findCoordinator(of, key)))
    return this.call(what, tries, () => this.#coordinators.delete(at), forMs)
  }

  /**
   * Tries until it goes well, a fault has no remedy, or `forMs` have passed; `refresh` is called where what is known of the cluster
   * may be out of date.
   *
   * @throws KAFKA_UNREACHABLE, KAFKA_AUTHENTICATION_FAILED, KAFKA_NOT_AUTHORIZED, KAFKA_TOPIC_MISSING, KAFKA_REQUEST_FAILED
   */
  async call<T>(
    what: string,
    request: () => Promise<T>,
    refresh: () => void,
    forMs: number = this.retryForMs,
  ): Promise<T> {
    const limitMs = Math.max(1, forMs)
    const begun = performance.now()
    let last: unknown
    const tries = retrying(
      {
        what,
        isRetryable: (cause) => {
          const fault = cause instanceof KafkaFault ? cause.fault : 'UNKNOWN'
          if (remedyOf(fault) === 'none') return false
          return !isMissing(fault) || performance.now() - begun < MISSING_FOR_MS
        },
        onRetry: ({ error }) => {
          if (error instanceof KafkaFault && remedyOf(error.fault) === 'refresh') refresh()
          this.#metrics?.counter('retries').add(1)
        },
      },
      this.#signal,
      { attempts: 1_000_000, timeoutMs: limitMs, deadlineMs: limitMs, ...PAUSES },
    )
    try {
      return await tries(async () => {
        try {
          return await request()
        } catch (cause) {
          last = cause
          throw cause
        }
      })
    } catch (error) {
      this.#signal.throwIfAborted()
      // Out of time: what went wrong before says more.
      throw kafkaError(what, last ?? error)
    }
  }

  close(): Promise<void> {
    return this.client.close()
  }

  #askForTopic(name: string): Promise<TopicMetadata> {
    const tries = async (): Promise<TopicMetadata> => {
      const { topics } = await this.client.metadata([name])
      const found = topics.find(({ topic }) => topic === name)
      const error = found === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : found.error
      if (found === undefined || error !== undefined) throw new KafkaFault(error ?? 'UNKNOWN', `topic '${name}'`)
      this.#known.set(name, found)
      return found
    }
    return this.call(`metadata of topic '${name}'`, tries, () => {})
  }
}

export function isMissing(fault: string): boolean {
  return fault === 'UNKNOWN_TOPIC_OR_PARTITION' || fault === 'UNKNOWN_TOPIC_ID'
}

/** The results of a response, or the first partition's fault. */
export function allWell<T extends PartitionResult>(results: readonly T[]): readonly T[] {
  const failed = results.find(({ error }) => error !== undefined)
  if (failed?.error === undefined) return results
  throw new KafkaFault(failed.error, `${failed.topic}-${failed.partition}`)
}

/** One question at a time for each key; an answer is kept, a failure is not. */
function remembered<T>(answers: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(key)
  if (known !== undefined) return known
  const asked = ask()
  answers.set(key, asked)
  asked.catch(() => {
    if (answers.get(key) === asked) answers.delete(key)
  })
  return asked
}
