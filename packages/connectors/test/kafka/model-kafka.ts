import type {
  KafkaClient,
  KafkaMetadata,
  NodeId,
  PartitionResult,
  ProducedPartition,
  ProduceRequest,
  ProducerSession,
  RecordToProduce,
  TopicPartition,
} from '../../src/kafka/client/kafka-client.ts'
import { KafkaFault } from '../../src/kafka/client/kafka-fault.ts'
import { ModelTransactions } from './model-transactions.ts'

/** A request as it stands before a fault that a test plans. */
export interface ModelRequest {
  readonly api:
    | 'metadata'
    | 'findCoordinator'
    | 'initProducerId'
    | 'newestSession'
    | 'addPartitions'
    | 'produce'
    | 'endTransaction'
  readonly node: NodeId | undefined
  readonly produce?: ProduceRequest
}

/**
 * Fails the request before it is carried out, or after: then the answer is lost. `inAnswer`: the request goes well, and what it
 * says of each partition is the fault.
 */
export type PlannedFault =
  | { readonly fault: string; readonly isCarriedOut?: boolean; readonly inAnswer?: boolean }
  | undefined

export interface ModelKafkaOptions {
  /** Partitions by topic. */
  readonly topics: Readonly<Record<string, number>>
  readonly brokers?: number
  readonly maxBatchRecords?: number
  readonly maxRecordBytes?: number
  /** After it an id gets another producer id. */
  readonly lastEpoch?: number | ((transactionalId: string) => number)
}

/**
 * A Kafka in memory, as far as producers see it: logs with sequence numbers and transactions, one coordinator. Written from
 * Kafka's documentation and from what 4.4 was seen to answer; what it says is checked against a real broker by the integration tests.
 */
export class ModelKafka {
  readonly transactions: ModelTransactions
  readonly produced: ProduceRequest[] = []
  /** Asked before each request. */
  plan: (request: ModelRequest) => PlannedFault = () => undefined
  /** Awaited by each request to produce, before it is carried out. */
  beforeProduce: (() => Promise<void>) | undefined
  readonly #options: ModelKafkaOptions
  readonly #logs = new Map<string, ModelLog>()
  readonly #leaders = new Map<string, NodeId>()

  constructor(options: ModelKafkaOptions) {
    this.#options = options
    this.transactions = new ModelTransactions(options.lastEpoch)
    for (const [topic, partitions] of Object.entries(options.topics)) {
      for (let partition = 0; partition < partitions; partition++) {
        this.#logs.set(`${topic}-${partition}`, new ModelLog())
        this.#leaders.set(`${topic}-${partition}`, partition % (options.brokers ?? 1))
      }
    }
  }

  moveLeader(topic: string, partition: number, to: NodeId): void {
    this.#leaders.set(`${topic}-${partition}`, to)
  }

  /** Values of a partition as a reader who reads committed sees them: up to the first open transaction. */
  read(topic: string, partition: number): string[] {
    const values: string[] = []
    for (const entry of this.#logOf(topic, partition).entries) {
      const outcome = entry.transaction === undefined ? 'committed' : this.transactions.outcome(entry.transaction)
      if (outcome === 'open') break
      if (outcome === 'committed') values.push(String(entry.record.value))
    }
    return values
  }

  /** All values that are visible, of all topics, sorted. */
  readAll(): string[] {
    return Object.entries(this.#options.topics)
      .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => this.read(topic, partition)).flat())
      .sort()
  }

  client(): KafkaClient {
    const carryOut = async <T>(request: ModelRequest, answer: () => T): Promise<T> => {
      const planned = this.plan(request)
      const isCarriedOut = planned?.isCarriedOut === true || planned?.inAnswer === true
      if (planned !== undefined && !isCarriedOut) throw new KafkaFault(planned.fault, request.api)
      const result = answer()
      if (planned === undefined) return result
      if (planned.inAnswer !== true || !Array.isArray(result)) throw new KafkaFault(planned.fault, request.api)
      return result.map((each) => ({ ...each, error: planned.fault, firstOffset: undefined })) as T
    }
    const unasked = (): never => {
      throw new KafkaFault('UNSUPPORTED', 'the model has no reading')
    }
    return {
      name: 'model',
      metadata: (topics) => carryOut({ api: 'metadata', node: undefined }, () => this.#metadata(topics)),
      findCoordinator: () => carryOut({ api: 'findCoordinator', node: undefined }, () => 0),
      fetch: unasked,
      listOffsets: unasked,
      fetchOffsets: unasked,
      commitOffsets: unasked,
      initProducerId: (node, { transactionalId, transactionTimeoutMs, current }) =>
        carryOut({ api: 'initProducerId', node }, () =>
          this.transactions.initProducerId(transactionalId, transactionTimeoutMs, current),
        ),
      newestSession: (node, id) => carryOut({ api: 'newestSession', node }, () => this.transactions.newest(id)),
      addPartitionsToTransaction: (node, id, session, partitions) =>
        carryOut({ api: 'addPartitions', node }, () => this.#addPartitions(id, session, partitions)),
      produce: async (node, request) => {
        await this.beforeProduce?.()
        return carryOut({ api: 'produce', node, produce: request }, () => this.#produce(node, request))
      },
      endTransaction: (node, id, session, commit) =>
        carryOut({ api: 'endTransaction', node }, () => this.transactions.end(id, session, commit)),
      close: async () => {},
    }
  }

  #metadata(topics: readonly string[]): KafkaMetadata {
    const brokers = Array.from({ length: this.#options.brokers ?? 1 }, (_, node) => ({ node, host: 'model', port: 1 }))
    return {
      brokers,
      topics: topics.map((topic) => {
        const count = this.#options.topics[topic]
        const partitions = Array.from({ length: count ?? 0 }, (_, partition) => ({
          partition,
          error: undefined,
          leader: this.#leaders.get(`${topic}-${partition}`),
        }))
        return {
          topic,
          error: count === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : undefined,
          topicId: topic,
          partitions,
        }
      }),
    }
  }

  #addPartitions(id: string, session: ProducerSession, partitions: readonly TopicPartition[]): PartitionResult[] {
    this.transactions.add(
      id,
      session,
      partitions.map(({ topic, partition }) => `${topic}-${partition}`),
    )
    return partitions.map(({ topic, partition }) => ({ topic, partition, error: undefined }))
  }

  #produce(node: NodeId, request: ProduceRequest): ProducedPartition[] {
    this.produced.push(request)
    return request.batches.map(({ topic, partition, firstSequence, records }) => {
      const answer = (error: string | undefined, firstOffset?: number): ProducedPartition => ({
        topic,
        partition,
        error,
        firstOffset,
      })
      if (this.#leaders.get(`${topic}-${partition}`) !== node) return answer('NOT_LEADER_OR_FOLLOWER')
      const { maxBatchRecords = Number.POSITIVE_INFINITY, maxRecordBytes = Number.POSITIVE_INFINITY } = this.#options
      const isTooLarge = records.some(({ value }) => (value?.length ?? 0) > maxRecordBytes)
      if (isTooLarge || records.length > maxBatchRecords) return answer('MESSAGE_TOO_LARGE')
      const { transactionalId, session } = request
      let transaction: number | undefined
      if (transactionalId !== undefined) {
        const found = this.transactions.writable(transactionalId, session, `${topic}-${partition}`)
        if (typeof found === 'string') return answer(found)
        transaction = found
      }
      const appended = this.#logOf(topic, partition).append(session, firstSequence, records, transaction)
      return typeof appended === 'string' ? answer(appended) : answer(undefined, appended)
    })
  }

  #logOf(topic: string, partition: number): ModelLog {
    return this.#logs.get(`${topic}-${partition}`) as ModelLog
  }
}

interface ModelBatch {
  readonly firstSequence: number
  readonly count: number
  readonly firstOffset: number
}

/** One partition. */
class ModelLog {
  readonly entries: { readonly record: RecordToProduce; readonly transaction: number | undefined }[] = []
  /** By producer id: its epoch and the last batches of it. */
  readonly #producers = new Map<string, { epoch: number; batches: ModelBatch[] }>()

  append(
    { producerId, epoch }: ProducerSession,
    firstSequence: number,
    records: readonly RecordToProduce[],
    transaction: number | undefined,
  ): number | string {
    const known = this.#producers.get(producerId)
    if (known !== undefined && epoch < known.epoch) return 'INVALID_PRODUCER_EPOCH'
    const batches = known?.epoch === epoch ? known.batches : []
    const same = batches.find((batch) => batch.firstSequence === firstSequence && batch.count === records.length)
    if (same !== undefined) return same.firstOffset
    const last = batches.at(-1)
    const expected = last === undefined ? 0 : (last.firstSequence + last.count) % 2 ** 31
    if (firstSequence !== expected) return 'OUT_OF_ORDER_SEQUENCE_NUMBER'
    const firstOffset = this.entries.length
    this.entries.push(...records.map((record) => ({ record, transaction })))
    const kept = [...batches, { firstSequence, count: records.length, firstOffset }].slice(-5)
    this.#producers.set(producerId, { epoch, batches: kept })
    return firstOffset
  }
}
