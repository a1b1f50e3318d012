import type { Brokers } from '../brokers.ts'
import { byTopic, byTopicInOrder } from '../by-topic.ts'
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
import { refuse } from '../refuse.ts'
import type * as Answers from './answers.ts'
import { codecsOf } from './codecs.ts'
import { readFetchAnswer } from './fetch-answer.ts'
import { initProducerId } from './init-producer-id.ts'
import type { Library } from './library.ts'
import type { KafkaJsLink, Ours } from './link.ts'
import { newestSession } from './newest-session.ts'
import { encodeProduce } from './produce-request.ts'

const ENDS = { earliest: '-2', latest: '-1' }
const NO_MEMBER = { groupGenerationId: -1, memberId: '' }

/** The port over the requests of `kafkajs`; neither its consumer nor its producer is used. */
export class KafkaJsClient implements KafkaClient {
  readonly name = 'kafkajs'
  readonly #library: Library
  readonly #brokers: Brokers<KafkaJsLink>
  readonly #codecs: ReturnType<typeof codecsOf>

  constructor(library: Library, brokers: Brokers<KafkaJsLink>) {
    this.#library = library
    this.#brokers = brokers
    this.#codecs = codecsOf(library)
  }

  async metadata(topics: readonly string[]): Promise<KafkaMetadata> {
    // To the library no topics are all of them.
    const encode = () => new this.#library.Encoder().writeArray(topics).writeBoolean(false)
    const answer = await this.#ask<Answers.Metadata>('Metadata', undefined, { topics: [] }, { encode })
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.learn(nodeId, host, port)
    return {
      brokers: answer.brokers.map(({ nodeId, host, port }) => ({ node: nodeId, host, port })),
      topics: answer.topicMetadata.map(({ topic, topicErrorCode, partitionMetadata }) => ({
        topic,
        error: errorName(topicErrorCode),
        topicId: undefined,
        partitions: partitionMetadata
          .map(({ partitionId, partitionErrorCode, leader }) => ({
            partition: partitionId,
            error: errorName(partitionErrorCode),
            leader: leader < 0 ? undefined : leader,
          }))
          .sort((a, b) => a.partition - b.partition),
      })),
    }
  }

  async findCoordinator(of: CoordinatorOf, key: string): Promise<NodeId> {
    const options = { groupId: key, coordinatorType: of === 'group' ? 0 : 1 }
    const answer = await this.#ask<Answers.FindCoordinator>('GroupCoordinator', undefined, options)
    refuse('FindCoordinator', answer.errorCode)
    const { nodeId, host, port } = answer.coordinator
    this.#brokers.learn(nodeId, host, port)
    return nodeId
  }

  fetch(node: NodeId, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    const options = {
      isolationLevel: request.isolation === 'read_committed' ? 1 : 0,
      maxWaitTime: request.maxWaitMs,
      minBytes: request.minBytes,
      maxBytes: request.maxBytes,
      rackId: request.rack ?? '',
      topics: byTopicInOrder(request.partitions).map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, offset, maxBytes }) => ({
          partition,
          fetchOffset: String(offset),
          maxBytes,
        })),
      })),
    }
    const decode = (payload: Buffer) => readFetchAnswer(payload, this.#codecs.decompress)
    return this.#ask('Fetch', node, options, { decode })
  }

  async listOffsets(node: NodeId, request: ListOffsetsRequest): Promise<readonly ListedOffset[]> {
    const topics = byTopic(request.partitions).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, at }) => ({
        partition,
        timestamp: typeof at === 'number' ? String(at) : ENDS[at],
      })),
    }))
    const isolationLevel = request.isolation === 'read_committed' ? 1 : 0
    const answer = await this.#ask<Answers.Offsets>('ListOffsets', node, { isolationLevel, topics })
    return answer.responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, errorCode, offset }) => ({
        topic,
        partition,
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
    const options = { groupId, topics: byTopic(partitions) }
    const answer = await this.#ask<Answers.OffsetFetch>('OffsetFetch', node, options)
    refuse('OffsetFetch', answer.errorCode)
    return answer.responses.flatMap(({ topic, partitions: found }) =>
      found.map(({ partition, errorCode, offset, metadata }) => ({
        topic,
        partition,
        error: errorName(errorCode),
        offset: numberOrNone(offset),
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
      topic,
      partitions: partitions.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata: metadata ?? '',
      })),
    }))
    const answer = await this.#ask<Answers.OffsetCommit>('OffsetCommit', node, { groupId, ...NO_MEMBER, topics })
    return answer.responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, errorCode }) => ({ topic, partition, error: errorName(errorCode) })),
    )
  }

  async initProducerId(node: NodeId | undefined, request: InitProducerIdRequest): Promise<ProducerSession> {
    const exchange = initProducerId(this.#library, request)
    return this.#brokers.ask('InitProducerId', node, (link) => link.send('InitProducerId', {}, exchange))
  }

  async newestSession(node: NodeId, transactionalId: string): Promise<NewestSession | undefined> {
    const { newest } = await this.#ask('DescribeTransactions', node, {}, newestSession(this.#library, transactionalId))
    return newest
  }

  async addPartitionsToTransaction(
    node: NodeId,
    transactionalId: string,
    session: ProducerSession,
    partitions: readonly TopicPartition[],
  ): Promise<readonly PartitionResult[]> {
    const answer = await this.#ask<Answers.AddPartitionsToTxn>('AddPartitionsToTxn', node, {
      transactionalId,
      producerId: session.producerId,
      producerEpoch: session.epoch,
      topics: byTopic(partitions).map((of) => ({
        topic: of.topic,
        partitions: of.partitions.map(({ partition }) => partition),
      })),
    })
    return answer.errors.flatMap(({ topic, partitionErrors }) =>
      partitionErrors.map(({ partition, errorCode }) => ({ topic, partition, error: coordinatorError(errorCode) })),
    )
  }

  async produce(node: NodeId, request: ProduceRequest): Promise<readonly ProducedPartition[]> {
    const encode = () => encodeProduce(this.#library, request, this.#codecs)
    const options = { acks: -1, timeout: request.timeoutMs, topicData: [] }
    const answer = await this.#ask<Answers.Produce>('Produce', node, options, { encode })
    return answer.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, errorCode, baseOffset }) => ({
        topic: topicName,
        partition,
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
    const answer = await this.#ask<Answers.EndTxn>('EndTxn', node, {
      transactionalId,
      producerId: session.producerId,
      producerEpoch: session.epoch,
      transactionResult: commit,
    })
    const error = coordinatorError(answer.errorCode)
    if (error !== undefined) throw new KafkaFault(error, `EndTxn: ${error}`)
  }

  close(): Promise<void> {
    return this.#brokers.close()
  }

  #ask<R>(name: string, node: NodeId | undefined, options: object, ours?: Ours<R>): Promise<R> {
    return this.#brokers.ask(name, node, (link) => link.send(name, options, ours))
  }
}

/** In the versions that the library has, coordinators still say of a session that was fenced what brokers say. */
function coordinatorError(code: number): string | undefined {
  const error = errorName(code)
  return error === 'INVALID_PRODUCER_EPOCH' ? 'PRODUCER_FENCED' : error
}

function numberOrNone(offset: string): number | undefined {
  return offset.startsWith('-') ? undefined : Number(offset)
}
