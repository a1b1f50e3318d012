import type { ProducerSession, TopicPartition } from './client/kafka-client.ts'

/** A prepared transaction, as it stands in a checkpoint: all that is needed to commit it from another process, and to speak of it. */
export interface KafkaCommittable extends ProducerSession {
  readonly version: 1
  readonly transactionalId: string
  readonly checkpointId: number
  /** Ms since 1970 UTC. */
  readonly preparedAt: number
  readonly records: number
  readonly partitions: readonly WrittenPartition[]
}

/** Both offsets are of records of the transaction; records of others may stand between them. `undefined` where no broker has said. */
export interface WrittenPartition extends TopicPartition {
  readonly firstOffset: number | undefined
  readonly lastOffset: number | undefined
}
