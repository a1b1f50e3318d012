import { MillraceConnectorError } from '../errors.ts'
import type { TopicPartition } from './client/kafka-client.ts'
import { allWell, type KafkaCluster } from './cluster.ts'
import { type KafkaPosition, type KafkaSplit, splitId } from './kafka-position.ts'
import type { ParsedKafkaSource } from './source-options.ts'

type OffsetSettings = Pick<
  ParsedKafkaSource<unknown, unknown>,
  'isolation' | 'start' | 'end' | 'groupId' | 'whenGroupHasNone'
>

/** Where partitions begin and end, asked of the cluster once and kept in the positions from then on. */
export class LogOffsets {
  readonly #cluster: KafkaCluster
  readonly #settings: OffsetSettings

  constructor(cluster: KafkaCluster, settings: OffsetSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Where to begin with a partition that no checkpoint holds. */
  async beginningOf(split: KafkaSplit, isNew: boolean): Promise<KafkaPosition> {
    const { topicId } = await this.#cluster.topic(split.topic)
    const end = await this.#endOf(split)
    const offset = isNew ? await this.earliest(split) : await this.#startOf(split)
    return {
      version: 1,
      offset,
      ...(end === undefined ? {} : { end }),
      ...(topicId === undefined ? {} : { topicId }),
    }
  }

  /** @throws KAFKA_TOPIC_CHANGED where the topic is another one of the same name. */
  async checkTopic(split: KafkaSplit, position: KafkaPosition): Promise<void> {
    const { topicId } = await this.#cluster.topic(split.topic)
    if (topicId === undefined || position.topicId === undefined || topicId === position.topicId) return
    throw new MillraceConnectorError(
      'KAFKA_TOPIC_CHANGED',
      `topic '${split.topic}' is not the one that the checkpoint has read`,
    )
  }

  earliest(of: TopicPartition): Promise<number> {
    return this.#list(of, 'earliest') as Promise<number>
  }

  /** When reading committed: behind the last transaction that has ended. */
  latest(of: TopicPartition): Promise<number> {
    return this.#list(of, 'latest') as Promise<number>
  }

  async #startOf(split: KafkaSplit): Promise<number> {
    const { start } = this.#settings
    if (start === 'earliest') return this.earliest(split)
    if (start === 'latest') return this.latest(split)
    if (start === 'group') return this.#groupOffset(split)
    return (await this.#list(split, start.timestamp)) ?? (await this.latest(split))
  }

  async #endOf(split: KafkaSplit): Promise<number | undefined> {
    const { end } = this.#settings
    if (end === undefined) return undefined
    if (end === 'latest') return this.latest(split)
    const offset = end.offsets[splitId(split)]
    if (offset !== undefined) return offset
    throw new MillraceConnectorError(
      'CONNECTOR_OPTION_INVALID',
      `end.offsets names no offset for ${splitId(split)}, which is a partition of the topic`,
    )
  }

  async #groupOffset(split: KafkaSplit): Promise<number> {
    const groupId = this.#settings.groupId as string
    const [found] = await this.#cluster.callCoordinator(
      `offsets of group '${groupId}'`,
      'group',
      groupId,
      async (node) => allWell(await this.#cluster.client.fetchOffsets(node, groupId, [split])),
    )
    if (found?.offset !== undefined) return found.offset
    switch (this.#settings.whenGroupHasNone) {
      case 'earliest':
        return this.earliest(split)
      case 'latest':
        return this.latest(split)
      case 'fail':
        throw new MillraceConnectorError(
          'KAFKA_OFFSET_OUT_OF_RANGE',
          `group '${groupId}' has no offset for ${splitId(split)}, and whenGroupHasNone is 'fail'`,
        )
    }
  }

  async #list(of: TopicPartition, at: 'earliest' | 'latest' | number): Promise<number | undefined> {
    const { isolation } = this.#settings
    const { topic, partition } = of
    const [found] = await this.#cluster.callLeader(`offsets of ${splitId(of)}`, of, async (node) =>
      allWell(await this.#cluster.client.listOffsets(node, { isolation, partitions: [{ topic, partition, at }] })),
    )
    return found?.offset
  }
}
