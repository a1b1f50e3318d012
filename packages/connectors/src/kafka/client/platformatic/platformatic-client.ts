import type { Connection } from '@platformatic/kafka'
import type { Brokers } from '../brokers.ts'
import { byTopic } from '../by-topic.ts'
import { errorName } from '../error-name.ts'
import type {
  CommittedOffset,
  CoordinatorOf,
  FetchedPartition,
  FetchRequest,
  InitProducerIdRequest,
  KafkaClient,
  KafkaMetadata,
  ListedOffset,
  ListOffsetsRequest,
  NewestSession,
  NodeId,
  OffsetToCommit,
  PartitionResult,
  ProducedPartition,
  ProduceRequest,
  ProducerSession,
  TopicPartition,
} from '../kafka-client.ts'
import { KafkaFault } from '../kafka-fault.ts'
import { OPEN_TRANSACTION } from '../open-transaction.ts'
import { refuse } from '../refuse.ts'
import { codecsOf } from './codecs.ts'
import { type FetchApi, fetchRequest } from './fetch-request.ts'
import type { Library } from './library.ts'
import { isBusyLoggingIn, type PlatformaticLink } from './link.ts'
import { type ProduceApi, produceRequest } from './produce-request.ts'
import { answerIn, chooseRequest, type RequestModule, type RequestName } from './requests.ts'

/** Topics have ids from Kafka 2.8 on; a broker that has none says so by zeros. */
const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000'
const ENDS = { earliest: -2n, latest: -1n }
const NO_MEMBER = { generation: -1, id: '' }

/** The port over the requests of `@platformatic/kafka`; neither its consumer nor its producer is used. */
export class PlatformaticClient implements KafkaClient {
  readonly name = '@platformatic/kafka'
  readonly #library: Library
  readonly #brokers: Brokers<PlatformaticLink>
  readonly #fetch: FetchApi
  readonly #produce: ProduceApi

  constructor(library: Library, brokers: Brokers<PlatformaticLink>) {
    const codecs = codecsOf(library)
    this.#library = library
    this.#brokers = brokers
    this.#fetch = fetchRequest(library, codecs.decompress)
    this.#produce = produceRequest(library, codecs)
  }

  async metadata(topics: readonly string[]): Promise<KafkaMetadata> {
    const { brokers, topics: found } = await this.#ask('Metadata', undefined, ({ api }, to) =>
      api.async(to, [...topics], false, false),
    )
    for (const { nodeId, host, port } of brokers) this.#brokers.learn(nodeId, host, port)
    return {
      brokers: brokers.map(({ nodeId, host, port }) => ({ node: nodeId, host, port })),
      topics: found.map((topic) => ({
        topic: topic.name ?? '',
        error: errorName(topic.errorCode),
        topicId: topic.topicId === NO_TOPIC_ID ? undefined : topic.topicId,
        partitions: topic.partitions
          .map(({ partitionIndex, errorCode, leaderId }) => ({
            partition: partitionIndex,
            error: errorName(errorCode),
            leader: leaderId < 0 ? undefined : leaderId,
          }))
          .sort((a, b) => a.partition - b.partition),
      })),
    }
  }

  async findCoordinator(of: CoordinatorOf, key: string): Promise<NodeId> {
    const { coordinators } = await this.#ask('FindCoordinator', undefined, ({ api }, to) =>
      api.async(to, of === 'group' ? 0 : 1, [key]),
    )
    const found = coordinators[0]
    if (found === undefined) throw new KafkaFault('COORDINATOR_NOT_AVAILABLE', 'FindCoordinator: none was named')
    refuse('FindCoordinator', found.errorCode)
    this.#brokers.learn(found.nodeId, found.host, found.port)
    return found.nodeId
  }

  fetch(node: NodeId, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    return this.#ask('Fetch', node, (_, to) => this.#fetch.async(to, request))
  }

  async listOffsets(node: NodeId, request: ListOffsetsRequest): Promise<readonly ListedOffset[]> {
    const topics = byTopic(request.partitions).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, at }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: -1,
        timestamp: typeof at === 'number' ? BigInt(at) : ENDS[at],
      })),
    }))
    const answer = await this.#ask('ListOffsets', node, ({ api }, to) =>
      api.async(to, -1, request.isolation === 'read_committed' ? 1 : 0, topics),
    )
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, offset }) => ({
        topic: name,
        partition: partitionIndex,
        error: errorName(errorCode),
        offset: numberOrNone(offset),
      })),
    )
  }

  async fetchOffsets(
    node: NodeId,
    groupId: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly CommittedOffset[]> {
    const topics = byTopic(partitions).map((of) => ({
      name: of.topic,
      partitionIndexes: of.partitions.map(({ partition }) => partition),
    }))
    const answer = await this.#ask('OffsetFetch', node, ({ api }, to) =>
      api.async(to, [{ groupId, memberEpoch: -1, topics }], true),
    )
    // Of a single group, before version 8.
    const group = answer.groups[0] ?? (answer as unknown as (typeof answer.groups)[number])
    refuse('OffsetFetch', group.errorCode)
    return group.topics.flatMap(({ name, partitions: found }) =>
      found.map(({ partitionIndex, errorCode, committedOffset, metadata }) => ({
        topic: name,
        partition: partitionIndex,
        error: errorName(errorCode),
        offset: numberOrNone(committedOffset),
        metadata: metadata || undefined,
      })),
    )
  }

  async commitOffsets(
    node: NodeId,
    groupId: string,
    offsets: readonly OffsetToCommit[],
  ): Promise<readonly PartitionResult[]> {
    const topics = byTopic(offsets).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: metadata ?? '',
      })),
    }))
    const answer = await this.#ask('OffsetCommit', node, ({ api }, to) =>
      api.async(to, groupId, NO_MEMBER.generation, NO_MEMBER.id, null, topics),
    )
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => ({
        topic: name,
        partition: partitionIndex,
        error: errorName(errorCode),
      })),
    )
  }

  async initProducerId(node: NodeId | undefined, request: InitProducerIdRequest): Promise<ProducerSession> {
    const { transactionalId, transactionTimeoutMs, current } = request
    // -1 and -1: a new session, whoever has the newest.
    const { producerId, epoch } = current ?? { producerId: '-1', epoch: -1 }
    const answer = await this.#ask('InitProducerId', node, ({ api }, to) =>
      api.async(to, transactionalId ?? null, transactionTimeoutMs, BigInt(producerId), epoch),
    )
    refuse('InitProducerId', answer.errorCode)
    return { producerId: String(answer.producerId), epoch: answer.producerEpoch }
  }

  async newestSession(node: NodeId, transactionalId: string): Promise<NewestSession | undefined> {
    const answer = await this.#ask('DescribeTransactions', node, ({ api }, to) => api.async(to, [transactionalId]))
    const [state] = answer.transactionStates
    if (state === undefined || errorName(state.errorCode) === 'TRANSACTIONAL_ID_NOT_FOUND') return undefined
    refuse('DescribeTransactions', state.errorCode)
    const isOpen = state.transactionState === OPEN_TRANSACTION
    return { producerId: String(state.producerId), epoch: state.producerEpoch, isOpen }
  }

  async addPartitionsToTransaction(
    node: NodeId,
    transactionalId: string,
    session: ProducerSession,
    partitions: readonly TopicPartition[],
  ): Promise<readonly PartitionResult[]> {
    const transaction = {
      transactionalId,
      producerId: BigInt(session.producerId),
      producerEpoch: session.epoch,
      verifyOnly: false,
      topics: byTopic(partitions).map((of) => ({
        name: of.topic,
        partitions: of.partitions.map(({ partition }) => partition),
      })),
    }
    const answer = await this.#ask('AddPartitionsToTxn', node, ({ api }, to) => api.async(to, [transaction]))
    return answer.resultsByTransaction.flatMap(({ topicResults }) =>
      topicResults.flatMap(({ name, resultsByPartition }) =>
        resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({
          topic: name,
          partition: partitionIndex,
          error: errorName(partitionErrorCode),
        })),
      ),
    )
  }

  async produce(node: NodeId, request: ProduceRequest): Promise<readonly ProducedPartition[]> {
    const answer = await this.#ask('Produce', node, (_, to) => this.#produce.async(to, request))
    return answer.responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode, baseOffset }) => ({
        topic: name,
        partition: index,
        error: errorName(errorCode),
        firstOffset: errorCode === 0 ? numberOrNone(baseOffset) : undefined,
      })),
    )
  }

  async endTransaction(
    node: NodeId,
    transactionalId: string,
    session: ProducerSession,
    commit: boolean,
  ): Promise<void> {
    const answer = await this.#ask('EndTxn', node, ({ api }, to) =>
      api.async(to, transactionalId, BigInt(session.producerId), session.epoch, commit),
    )
    refuse('EndTxn', answer.errorCode)
  }

  close(): Promise<void> {
    return this.#brokers.close()
  }

  /** Sends by `send` in the best version. The answer is given even where it speaks of errors. */
  #ask<N extends RequestName, R>(
    name: N,
    node: NodeId | undefined,
    send: (request: RequestModule<N>, to: Connection) => Promise<R>,
  ): Promise<R> {
    return this.#brokers.ask(name, node, async ({ connection, versions }) => {
      const request = chooseRequest(this.#library, versions, name)
      if (request === undefined) throw new KafkaFault('UNSUPPORTED', `${name}: the broker has no version that we have`)
      try {
        if (isBusyLoggingIn(connection)) await connection.ready()
        return await send(request, connection)
      } catch (error) {
        const answer = answerIn<R>(error)
        if (answer === undefined) throw error
        return answer
      }
    })
  }
}

function numberOrNone(offset: bigint): number | undefined {
  return offset < 0n ? undefined : Number(offset)
}
