import { MillraceConnectorError } from '../errors.ts'
import type { MessageCodec } from '../formats/message-format.ts'
import { invalidOption } from '../option-checks.ts'
import type { RecordToProduce } from './client/kafka-client.ts'
import { partitionOfKey, type StickyPartition } from './partitioner.ts'
import type { KafkaHeaders, ParsedKafkaSink } from './sink-options.ts'
import { checkTopic } from './source-options.ts'

type EncoderOptions<T> = Pick<ParsedKafkaSink<T>, 'topic' | 'key' | 'partition' | 'headers' | 'timestamp' | 'tombstone'>

const NO_HEADERS: RecordToProduce['headers'] = []

/** A record's topic, partition and bytes, as the options say. */
export class RecordEncoder<T> {
  readonly #options: EncoderOptions<T>
  readonly #codec: MessageCodec<T>
  readonly #known = new Set<string>()

  constructor(options: EncoderOptions<T>, codec: MessageCodec<T>) {
    this.#options = options
    this.#codec = codec
  }

  /** @throws CONNECTOR_OPTION_INVALID when the function gives no name of a topic */
  topicOf(record: T): string {
    const { topic } = this.#options
    if (typeof topic === 'string') return topic
    const name = topic(record)
    if (this.#known.has(name)) return name
    try {
      checkTopic('topic', name)
    } catch {
      // What it gave may be data.
      throw invalidOption('topic', 'gave no name of a topic for a record')
    }
    this.#known.add(name)
    return name
  }

  keyOf(record: T): Buffer | undefined {
    const key = this.#options.key?.(record)
    if (key === undefined || key === null) return undefined
    if (typeof key === 'string') return Buffer.from(key)
    if (key instanceof Uint8Array) return asBuffer(key)
    throw invalidOption('key', `gave ${typeof key} for a record, neither a text nor bytes`)
  }

  /** @throws CONNECTOR_OPTION_INVALID when the function gives no partition */
  partitionOf(
    record: T,
    key: Buffer | undefined,
    count: number,
    sticky: StickyPartition,
    takesMore: (partition: number) => boolean,
  ): number {
    const { partition } = this.#options
    if (partition === undefined) {
      return key === undefined ? sticky.pick(count, takesMore) : partitionOfKey(key, count)
    }
    const chosen = partition(record, count)
    if (Number.isInteger(chosen) && chosen >= 0 && chosen < count) return chosen
    throw invalidOption('partition', `gave for a record what is no whole number from 0 to ${count - 1}`)
  }

  /** A promise only where the format has to wait, for a schema. */
  encode(
    record: T,
    key: Buffer | undefined,
    topic: string,
    eventTime: number,
  ): RecordToProduce | Promise<RecordToProduce> {
    const timestamp = this.#timestampOf(record, eventTime)
    const headers = this.#headersOf(record)
    if (this.#options.tombstone?.(record) === true) {
      if (key !== undefined) return { key, value: undefined, timestamp, headers }
      throw invalidOption('key', 'gave none for a record that is a tombstone, which deletes its key')
    }
    const value = this.#codec.encode(record, topic)
    if (value instanceof Promise) return value.then((bytes) => ({ key, value: bytes, timestamp, headers }))
    return { key, value, timestamp, headers }
  }

  #timestampOf(record: T, eventTime: number): number {
    const { timestamp } = this.#options
    if (timestamp === undefined) return eventTime >= 0 ? Math.floor(eventTime) : withoutTime(eventTime)
    const chosen = timestamp(record)
    if (Number.isSafeInteger(chosen) && chosen >= 0) return chosen
    throw invalidOption('timestamp', 'gave for a record what is no whole number of ms since 1970')
  }

  #headersOf(record: T): RecordToProduce['headers'] {
    const { headers } = this.#options
    if (headers === undefined) return NO_HEADERS
    const given: KafkaHeaders = headers(record)
    const pairs = Array.isArray(given) ? given : Object.entries(given as Readonly<Record<string, string | Uint8Array>>)
    return pairs.map(([name, value]) => {
      if (typeof value === 'string') return [name, Buffer.from(value)]
      if (value instanceof Uint8Array) return [name, asBuffer(value)]
      throw new MillraceConnectorError(
        'CONNECTOR_OPTION_INVALID',
        `headers['${name}'] is ${typeof value} for a record, neither a text nor bytes`,
      )
    })
  }
}

/** Kafka has no time before 1970; a record without event time gets the wall clock's. */
function withoutTime(eventTime: number): number {
  return Number.isFinite(eventTime) ? 0 : Date.now()
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
