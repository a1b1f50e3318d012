import type { Split } from '@millrace/core/connector'
import type { TopicPartition } from './client/kafka-client.ts'

/** A partition as a split; `isNew` where it has appeared since the job began. Its id is as Kafka's tools write it: `vitals-0`. */
export interface KafkaSplit extends Split, TopicPartition {
  readonly isNew: boolean
}

/** In a checkpoint. `version` is that of this shape. */
export interface KafkaPosition {
  readonly version: 1
  /** Of the next record to read. */
  readonly offset: number
  /** Of a bounded source: the partition ends before this offset, fixed when the job began. */
  readonly end?: number
  /** Whether the topic is still the same one, where the client can tell. */
  readonly topicId?: string
}

export function splitId({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
