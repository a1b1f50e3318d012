import type { Committable, SinkWriter } from '@millrace/core/connector'
import type { RecordToProduce, TopicMetadata } from './client/kafka-client.ts'
import type { KafkaCluster } from './cluster.ts'
import { murmur2, StickyPartition } from './partitioner.ts'
import type { Producer } from './producer.ts'
import type { RecordEncoder } from './record-encoder.ts'
import type { SinkDelivery } from './sink-delivery.ts'

export interface SinkWriterParts<T> {
  readonly operatorId: string
  readonly cluster: KafkaCluster
  readonly encoder: RecordEncoder<T>
  readonly producer: Producer
  readonly delivery: SinkDelivery
  /** Ends what the format waits for. */
  readonly closing: AbortController
}

/** Encodes records, and hands them to the producer under what the delivery begins. */
export class KafkaSinkWriter<T> implements SinkWriter<T> {
  readonly #parts: SinkWriterParts<T>
  readonly #targets = new Map<string, Target>()
  #isBegun = false

  constructor(parts: SinkWriterParts<T>) {
    this.#parts = parts
  }

  write(values: readonly T[], timestamps: readonly number[]): void | Promise<void> {
    return this.#writeFrom(0, values, timestamps)
  }

  async prepareCommit(checkpointId: number): Promise<Committable | undefined> {
    const { producer, delivery } = this.#parts
    await producer.flush()
    const written = this.#isBegun && delivery.beginsAnew ? producer.written() : []
    if (delivery.beginsAnew) this.#isBegun = false
    return delivery.prepare(checkpointId, written)
  }

  snapshotState(): unknown {
    return this.#parts.delivery.snapshotState()
  }

  commit(committable: Committable): Promise<void> {
    return this.#parts.delivery.commit(committable)
  }

  recover(committables: readonly Committable[], state: unknown): Promise<void> {
    return this.#parts.delivery.recover(committables, state)
  }

  async close(): Promise<void> {
    const { producer, delivery, cluster, closing } = this.#parts
    closing.abort()
    producer.close()
    await delivery.close()
    await cluster.close()
  }

  /** Goes on without waiting for as long as nothing has to be waited for. */
  #writeFrom(first: number, values: readonly T[], timestamps: readonly number[]): void | Promise<void> {
    const { producer } = this.#parts
    const now = performance.now()
    for (let at = first; at < values.length; at++) {
      const room = producer.isFull ? producer.room() : undefined
      if (room !== undefined) {
        producer.pump()
        return room.then(() => this.#writeFrom(at, values, timestamps))
      }
      const added = this.#add(values[at] as T, timestamps[at] as number, now)
      if (added !== undefined) return added.then(() => this.#writeFrom(at + 1, values, timestamps))
    }
    producer.pump()
    return producer.room()
  }

  #add(record: T, eventTime: number, now: number): undefined | Promise<void> {
    const { encoder, cluster } = this.#parts
    const topic = encoder.topicOf(record)
    const metadata = cluster.known(topic)
    if (metadata !== undefined) return this.#addTo(this.#targetOf(metadata), record, eventTime, now)
    return cluster.topic(topic).then((asked) => this.#addTo(this.#targetOf(asked), record, eventTime, now))
  }

  #addTo(target: Target, record: T, eventTime: number, now: number): undefined | Promise<void> {
    const { encoder } = this.#parts
    const key = encoder.keyOf(record)
    const encoded = encoder.encode(record, key, target.topic, eventTime)
    if (encoded instanceof Promise) return encoded.then((ready) => this.#handOver(target, record, ready, now))
    this.#handOver(target, record, encoded, now)
    return undefined
  }

  #handOver(target: Target, record: T, encoded: RecordToProduce, now: number): void {
    const { encoder, producer } = this.#parts
    const { topic, metadata, sticky, takesMore } = target
    const partition = encoder.partitionOf(record, encoded.key, metadata.partitions.length, sticky, takesMore)
    this.#begin()
    producer.add(topic, partition, encoded, now)
  }

  /** With the first record after a barrier. */
  #begin(): void {
    if (this.#isBegun) return
    this.#isBegun = true
    this.#parts.producer.begin(this.#parts.delivery.begin())
  }

  #targetOf(metadata: TopicMetadata): Target {
    const { topic } = metadata
    let target = this.#targets.get(topic)
    if (target === undefined) {
      const { producer, operatorId } = this.#parts
      const sticky = new StickyPartition(murmur2(Buffer.from(operatorId)) & 0xff)
      target = { topic, metadata, sticky, takesMore: (partition) => producer.takesMore(topic, partition) }
      this.#targets.set(topic, target)
    }
    target.metadata = metadata
    return target
  }
}

/** A topic that records go to. */
interface Target {
  readonly topic: string
  /** As it was last asked for. */
  metadata: TopicMetadata
  readonly sticky: StickyPartition
  takesMore(partition: number): boolean
}
