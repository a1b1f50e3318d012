import { randomUUID } from 'node:crypto'
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs'

// It is CommonJS, and Node finds no names in it.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs

/** What tests do to topics beside the connector, at addresses where anyone may do anything. */
export class KafkaTopics {
  readonly #kafka: InstanceType<typeof Kafka>
  #admin!: Admin
  #producer!: Producer

  private constructor(bootstrap: readonly string[]) {
    this.#kafka = new Kafka({ brokers: [...bootstrap], clientId: 'test-topics', logLevel: logLevel.NOTHING })
  }

  static async open(bootstrap: readonly string[]): Promise<KafkaTopics> {
    const topics = new KafkaTopics(bootstrap)
    await topics.#connect()
    return topics
  }

  /** Makes a topic and resolves with its name, `name` and something that no other has. */
  async create(name: string, partitions: number = 1, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.createNamed(`${name}-${randomUUID().slice(0, 8)}`, partitions, settings)
  }

  /** Makes a topic of this very name. */
  async createNamed(
    topic: string,
    partitions: number = 1,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }))
    await this.#admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: false,
    })
    await this.#hasLeaders(topic, partitions)
    return topic
  }

  /** Gives the topic so many partitions in all. */
  async grow(topic: string, partitions: number): Promise<void> {
    await this.#admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
    await this.#hasLeaders(topic, partitions)
    await this.#forget()
  }

  async delete(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] })
    await this.#forget()
  }

  /** Deletes the records of a partition before an offset, as retention would. */
  async deleteBefore(topic: string, partition: number, offset: number): Promise<void> {
    await this.#admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
  }

  /** Appends records, to the partitions that they name. */
  async produce(topic: string, messages: readonly Message[]): Promise<void> {
    await this.#producer.send({ topic, messages: [...messages], acks: -1 })
  }

  /** Where each partition ends: the offset that comes next, also behind records that a read_committed reader does not see. */
  async endOffsets(topic: string): Promise<number[]> {
    return inOrder(await this.#admin.fetchTopicOffsets(topic))
  }

  /** What a group has committed for each partition; -1 where it has not. */
  async groupOffsets(groupId: string, topic: string): Promise<number[]> {
    const [offsets] = await this.#admin.fetchOffsets({ groupId, topics: [topic] })
    return inOrder(offsets?.partitions ?? [])
  }

  /** Lets a user of the SASL listener do that with all topics, groups or transactional ids whose names begin so. */
  async allow(
    username: string,
    resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID',
    prefix: string,
    operations: readonly (keyof typeof AclOperationTypes)[],
  ): Promise<void> {
    const acl = operations.map((operation) => ({
      resourceType: AclResourceTypes[resource],
      resourceName: prefix,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: `User:${username}`,
      host: '*',
      operation: AclOperationTypes[operation],
      permissionType: AclPermissionTypes.ALLOW,
    }))
    await this.#admin.createAcls({ acl })
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
    await this.#admin.disconnect()
  }

  async #connect(): Promise<void> {
    this.#admin = this.#kafka.admin()
    this.#producer = this.#kafka.producer({ allowAutoTopicCreation: false, idempotent: true })
    await this.#admin.connect()
    await this.#producer.connect()
  }

  /**
   * Begins anew: a producer drops, without a word, what is for partitions that have come since it first wrote to a topic, and
   * neither of the two works any more once a topic that it has seen is gone.
   */
  async #forget(): Promise<void> {
    await this.close()
    await this.#connect()
  }

  /** A topic that has been made is known to a broker a moment later. */
  async #hasLeaders(topic: string, partitions: number): Promise<void> {
    for (;;) {
      const ends = await this.#admin.fetchTopicOffsets(topic).catch(() => [])
      if (ends.length === partitions) return
    }
  }
}

function inOrder(offsets: readonly { readonly partition: number; readonly offset: string }[]): number[] {
  return [...offsets].sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset))
}
