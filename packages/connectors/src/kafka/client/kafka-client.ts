/**
 * What Millrace asks of a Kafka client: requests, one at a time, each to one broker, each tried once.
 *
 * ```
 *   source ─ fetch, listOffsets, fetchOffsets, commitOffsets ─┐
 *                                                             ├─ KafkaClient ─ connection, TLS, SASL, encoding ─ broker
 *   sink ─── initProducerId, addPartitions, produce, end ─────┘
 * ```
 *
 * The client connects, authenticates, encodes and decodes. What to ask whom, and whether to ask again, is ours: neither client
 * lets partitions be read without a group, or the transaction of a dead process be committed (decision 0031).
 *
 * Each method rejects with a `KafkaFault` when the request as a whole fails. Where a response speaks of several partitions, each
 * has its own `error`. Connections are made on first use and kept; a connection that broke is made again by the next request.
 */
export interface KafkaClient {
  /** Shown by errors and reports. */
  readonly name: string
  /** Asks any broker. A topic that is not there has its `error`, and is not created. */
  metadata(topics: readonly string[]): Promise<KafkaMetadata>
  /** Asks any broker which one answers for a group or a transactional id; that node can then be asked. */
  findCoordinator(of: CoordinatorOf, key: string): Promise<NodeId>
  /** Waits at the broker, for at most `maxWaitMs`, until there is something. */
  fetch(node: NodeId, request: FetchRequest): Promise<readonly FetchedPartition[]>
  listOffsets(node: NodeId, request: ListOffsetsRequest): Promise<readonly ListedOffset[]>
  /** Of a group, from its coordinator; `offset` is `undefined` where it has none. */
  fetchOffsets(
    node: NodeId,
    groupId: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly CommittedOffset[]>
  /** For a group without members: of no generation. */
  commitOffsets(node: NodeId, groupId: string, offsets: readonly OffsetToCommit[]): Promise<readonly PartitionResult[]>
  /**
   * A producer's id and epoch. With a transactional id, from its coordinator: the epoch is a new one, older ones are fenced, and
   * a transaction that was open is aborted. Without: from any broker.
   */
  initProducerId(node: NodeId | undefined, request: InitProducerIdRequest): Promise<ProducerSession>
  /** The newest session that the coordinator has given for the id; `undefined` where it has given none, or none for days. */
  newestSession(node: NodeId, transactionalId: string): Promise<NewestSession | undefined>
  /** Before the first record of a partition in each transaction, at the coordinator. */
  addPartitionsToTransaction(
    node: NodeId,
    transactionalId: string,
    session: ProducerSession,
    partitions: readonly TopicPartition[],
  ): Promise<readonly PartitionResult[]>
  /** One batch a partition, written by all replicas in sync (`acks=all`) before it is answered. */
  produce(node: NodeId, request: ProduceRequest): Promise<readonly ProducedPartition[]>
  /** Commits or aborts. The same again has the same effect, until another transaction of this session has begun. */
  endTransaction(node: NodeId, transactionalId: string, session: ProducerSession, commit: boolean): Promise<void>
  /** Closes all connections; requests under way fail. */
  close(): Promise<void>
}

/** A broker's id in its cluster. */
export type NodeId = number

export type CoordinatorOf = 'group' | 'transaction'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `error` is Kafka's name of it (`NOT_LEADER_OR_FOLLOWER`); `undefined` where it went well. */
export interface PartitionResult extends TopicPartition {
  readonly error: string | undefined
}

export interface KafkaMetadata {
  readonly brokers: readonly { readonly node: NodeId; readonly host: string; readonly port: number }[]
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly topic: string
  readonly error: string | undefined
  /** Tells a topic from a later one of the same name; `undefined` where the client does not say. */
  readonly topicId: string | undefined
  /** By partition. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly error: string | undefined
  /** `undefined` while there is none. */
  readonly leader: NodeId | undefined
}

export type Isolation = 'read_committed' | 'read_uncommitted'

export interface FetchRequest {
  readonly isolation: Isolation
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of the whole response; one batch is always given, however large. */
  readonly maxBytes: number
  /** In the order in which the broker is to fill the response. */
  readonly partitions: readonly (TopicPartition & { readonly offset: number; readonly maxBytes: number })[]
  /** This client's rack; a follower in it may be named as `preferredNode`. */
  readonly rack?: string
}

export interface FetchedPartition extends PartitionResult {
  /** One more than the last offset that all replicas have. */
  readonly highWatermark: number
  /** Below it every transaction has ended. */
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** The broker's word that this node is to be asked for the partition from now on. */
  readonly preferredNode: NodeId | undefined
  /** Transactions in what was fetched that were aborted, ascending by `firstOffset`. Only when reading committed. */
  readonly aborted: readonly { readonly producerId: string; readonly firstOffset: number }[]
  /** Ascending. The first may begin before the offset that was asked for; one may hold no records at all (compaction). */
  readonly batches: readonly FetchedBatch[]
}

export interface FetchedBatch {
  readonly lastOffset: number
  /** `-1` where it has none. A bigint as text. */
  readonly producerId: string
  readonly isTransactional: boolean
  /** What a control batch says: it is the coordinator's, not a producer's. `undefined` for a batch of records. */
  readonly marker: 'commit' | 'abort' | 'other' | undefined
  readonly records: readonly FetchedRecord[]
}

export interface FetchedRecord {
  readonly offset: number
  /** Ms since 1970 UTC, the producer's or the broker's, as the topic says. */
  readonly timestamp: number
  readonly key: Buffer | undefined
  /** `undefined`: a tombstone. */
  readonly value: Buffer | undefined
  /** In their order; a name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: Buffer | undefined])[]
}

export interface ListOffsetsRequest {
  readonly isolation: Isolation
  /** `at`: the first offset whose record's timestamp is at least so many ms since 1970 UTC, or an end of the log. */
  readonly partitions: readonly (TopicPartition & { readonly at: 'earliest' | 'latest' | number })[]
}

export interface ListedOffset extends PartitionResult {
  /** `undefined` where no record is that late. Latest is the last stable offset when reading committed. */
  readonly offset: number | undefined
}

export interface CommittedOffset extends PartitionResult {
  readonly offset: number | undefined
  readonly metadata: string | undefined
}

export interface OffsetToCommit extends TopicPartition {
  /** Of the next record to read. */
  readonly offset: number
  readonly metadata?: string
}

export interface InitProducerIdRequest {
  /** `undefined`: a producer that is idempotent and not transactional. */
  readonly transactionalId: string | undefined
  /** After so long without an end the coordinator aborts. */
  readonly transactionTimeoutMs: number
  /**
   * The session that the new one is to follow (KIP-360). Where it is no longer the newest the answer is `PRODUCER_FENCED`; but a
   * transaction that is open under the newest is aborted before that is seen, unless the producer id is another one. Asking again after
   * an answer that was lost gives the same session. An id that is not known follows anything. Without it whoever asks is the newest.
   */
  readonly current?: ProducerSession
}

/** Plain data, as it stands in a checkpoint. */
export interface ProducerSession {
  /** A bigint as text. */
  readonly producerId: string
  readonly epoch: number
}

export interface NewestSession extends ProducerSession {
  /** A transaction has been begun, and is neither committed nor aborted. */
  readonly isOpen: boolean
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface ProduceRequest {
  /** `undefined`: not in a transaction. */
  readonly transactionalId: string | undefined
  readonly session: ProducerSession
  readonly timeoutMs: number
  readonly compression: Compression
  /** Each partition once, and none without records. */
  readonly batches: readonly ProduceBatch[]
}

export interface ProduceBatch extends TopicPartition {
  /** Of the first record, counted by partition from 0 in each session. */
  readonly firstSequence: number
  readonly records: readonly RecordToProduce[]
}

export interface RecordToProduce {
  readonly key: Buffer | undefined
  /** `undefined`: a tombstone. */
  readonly value: Buffer | undefined
  /** Ms since 1970 UTC, whole. */
  readonly timestamp: number
  readonly headers: readonly (readonly [name: string, value: Buffer])[]
}

export interface ProducedPartition extends PartitionResult {
  /** Of the first record; `undefined` where it failed, or the broker no longer knows. */
  readonly firstOffset: number | undefined
}
