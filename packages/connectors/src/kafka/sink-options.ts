import type { Duration } from '@millrace/core/connector'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, durationMs, functionOption, invalidOption, oneOf, text, wholeNumber } from '../option-checks.ts'
import type { Compression } from './client/kafka-client.ts'
import {
  CONNECTION_OPTIONS,
  type KafkaConnectionOptions,
  type ParsedConnection,
  parseConnection,
} from './connection-options.ts'
import type { ProducerSettings } from './producer.ts'
import { checkTopic } from './source-options.ts'
import type { OnLostTransaction } from './transaction-committer.ts'

/** By name; or in their order, where a name comes more than once. Text is UTF-8. */
export type KafkaHeaders =
  | Readonly<Record<string, string | Uint8Array>>
  | readonly (readonly [name: string, value: string | Uint8Array])[]

export interface KafkaSinkOptions<T> extends KafkaConnectionOptions {
  /** Where records go. None is created. A function is asked once a record. */
  readonly topic: string | ((record: T) => string)
  readonly format: MessageFormat<T>
  /** Text is UTF-8. Records of a key keep their order; it is what a compacted topic goes by. Default: none. */
  readonly key?: (record: T) => string | Uint8Array | undefined
  /**
   * The partition, from 0 up to and without `partitionCount`. Default: by the key, as Kafka's Java client does it; without a key
   * one after the other, a batch each.
   */
  readonly partition?: (record: T, partitionCount: number) => number
  readonly headers?: (record: T) => KafkaHeaders
  /** Ms since 1970 UTC, whole. Default: the record's event time, and the wall clock's where it has none. */
  readonly timestamp?: (record: T) => number
  /** Whether a record deletes its key: it is written without a value. Needs `key`. Default: none does. */
  readonly tombstone?: (record: T) => boolean
  /**
   * `exactly-once`: what is written between two checkpoints is a transaction; it is seen by those who read committed when the
   * checkpoint is durable. `at-least-once`: seen at once, and again what a restart writes again. Default `exactly-once`.
   */
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /**
   * Begins the transactional ids; the sink's id in the job and what each start adds follow. No other job may use the same, and a job keeps it for
   * as long as its checkpoints are to be gone on with. Needed for exactly once.
   */
  readonly transactionalIdPrefix?: string
  /**
   * Brokers abort a transaction that is open for so long, from its first record to its commit: longer than a checkpoint's interval and
   * the longest outage or restart to be survived; at most the brokers' `transaction.max.timeout.ms`. Readers wait as long for what
   * follows one that a dead job has left. Default 10 m.
   */
  readonly transactionTimeout?: Duration
  /** What happens when a transaction that a checkpoint counts on was aborted by the brokers. `continue` counts and warns. Default `fail`. */
  readonly onLostTransaction?: OnLostTransaction
  readonly batch?: KafkaBatchOptions
  /** Of batches. `zstd` and `snappy` as far as the client has them. Default `none`. */
  readonly compression?: Compression
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
  /** A batch that could not be written for so long, in spite of tries, fails the job. Default 2 m. */
  readonly deliveryTimeout?: Duration
}

/** A batch is what one partition gets at a time. It goes when it is full or old enough, or a checkpoint comes. */
export interface KafkaBatchOptions {
  /** Of keys, values and headers, before compression. One record may be larger. Default 512 KiB. */
  readonly bytes?: number
  /** Default 10,000. */
  readonly records?: number
  /** How long one that is not full waits for more. Default 5 ms. */
  readonly linger?: Duration
}

export interface ParsedKafkaSink<T> {
  readonly connection: ParsedConnection
  readonly topic: string | ((record: T) => string)
  readonly format: MessageFormat<T>
  readonly key: ((record: T) => string | Uint8Array | undefined) | undefined
  readonly partition: ((record: T, partitionCount: number) => number) | undefined
  readonly headers: ((record: T) => KafkaHeaders) | undefined
  readonly timestamp: ((record: T) => number) | undefined
  readonly tombstone: ((record: T) => boolean) | undefined
  readonly delivery: 'exactly-once' | 'at-least-once'
  /** Empty where it is not needed. */
  readonly transactionalIdPrefix: string
  readonly transactionTimeoutMs: number
  readonly onLostTransaction: OnLostTransaction
  readonly producer: ProducerSettings
}

const MIB = 1024 * 1024

const NAMES = [
  ...CONNECTION_OPTIONS,
  'topic',
  'format',
  'key',
  'partition',
  'headers',
  'timestamp',
  'tombstone',
  'delivery',
  'transactionalIdPrefix',
  'transactionTimeout',
  'onLostTransaction',
  'batch',
  'compression',
  'maxBufferedBytes',
  'deliveryTimeout',
] as const satisfies readonly (keyof KafkaSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseKafkaSink<T>(options: KafkaSinkOptions<T>): ParsedKafkaSink<T> {
  checkNames('', options, NAMES)
  const { topic, format, batch = {} } = options
  checkNames('batch', batch, ['bytes', 'records', 'linger'])
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  const delivery = oneOf('delivery', options.delivery ?? 'exactly-once', ['exactly-once', 'at-least-once'])
  const prefix = options.transactionalIdPrefix
  if (delivery === 'exactly-once' && prefix === undefined) {
    throw invalidOption('transactionalIdPrefix', "is needed, unless delivery is 'at-least-once'")
  }
  if (options.tombstone !== undefined && options.key === undefined) {
    throw invalidOption('tombstone', 'needs key: what has no value deletes its key')
  }
  const connection = parseConnection(options)
  const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  return {
    connection,
    topic: typeof topic === 'function' ? topic : checkTopic('topic', topic),
    format,
    key: functionOption('key', options.key),
    partition: functionOption('partition', options.partition),
    headers: functionOption('headers', options.headers),
    timestamp: functionOption('timestamp', options.timestamp),
    tombstone: functionOption('tombstone', options.tombstone),
    delivery,
    transactionalIdPrefix: prefix === undefined ? '' : text('transactionalIdPrefix', prefix),
    transactionTimeoutMs: durationMs('transactionTimeout', options.transactionTimeout ?? '10m', 1_000),
    onLostTransaction: oneOf('onLostTransaction', options.onLostTransaction ?? 'fail', ['fail', 'continue']),
    producer: {
      limits: {
        bytes: wholeNumber('batch.bytes', batch.bytes ?? MIB / 2, 1, 1024 * MIB),
        records: wholeNumber('batch.records', batch.records ?? 10_000, 1, 10_000_000),
      },
      lingerMs: durationMs('batch.linger', batch.linger ?? 5, 0, 60_000),
      maxBufferedBytes: wholeNumber('maxBufferedBytes', options.maxBufferedBytes ?? 32 * MIB, 1, 16 * 1024 * MIB),
      deliveryTimeoutMs: durationMs('deliveryTimeout', options.deliveryTimeout ?? '2m', 1),
      requestTimeoutMs: connection.connection.requestTimeoutMs,
      compression: oneOf('compression', options.compression ?? 'none', compressions),
    },
  }
}
