import type { Duration } from '@millrace/core/connector'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, durationMs, functionOption, invalidOption, oneOf, text, wholeNumber } from '../option-checks.ts'
import type { Isolation } from './client/kafka-client.ts'
import {
  CONNECTION_OPTIONS,
  type KafkaConnectionOptions,
  type ParsedConnection,
  parseConnection,
} from './connection-options.ts'

/** Where a record was read, and what came with its value. */
export interface KafkaRecordInfo {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Ms since 1970 UTC: the producer's, or the broker's where the topic says `LogAppendTime`. */
  readonly timestamp: number
  readonly key: Buffer | undefined
  /** In their order; a name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: Buffer | undefined])[]
}

/** Where a partition begins that no checkpoint holds: at one of the log's ends, the group's offset, or the first record of a time. */
export type KafkaStart = 'earliest' | 'latest' | 'group' | { readonly timestamp: number }

/** Where partitions end: where they ended when the job began, or before the offsets given by split (`vitals-0`). */
export type KafkaEnd = 'latest' | { readonly offsets: Readonly<Record<string, number>> }

export interface KafkaSourceOptions<T, R = T> extends KafkaConnectionOptions {
  /** One topic or several. None is created. */
  readonly topic: string | readonly string[]
  readonly format: MessageFormat<T>
  /** Makes the record of what the format gives and of what came with it. What it throws fails the job. */
  readonly map?: (value: T, info: KafkaRecordInfo) => R
  /** Makes the record of a message without a value, which deletes a key in a compacted topic. Default: a reject, `tombstone`. */
  readonly mapTombstone?: (info: KafkaRecordInfo) => R
  /**
   * Where a fresh job begins. A partition that appears later is read from its first record. Default `earliest`.
   */
  readonly start?: KafkaStart
  /** What `start: 'group'` does for a partition without an offset of the group. Default `earliest`. */
  readonly whenGroupHasNone?: 'earliest' | 'latest' | 'fail'
  /** Makes the source bounded. Default: without end. */
  readonly end?: KafkaEnd
  /**
   * The consumer group whose offsets are committed with each checkpoint, so that tools show the lag. It takes no part in how the
   * job restarts, and has no members: nobody rebalances. Default: none.
   */
  readonly groupId?: string
  /** Default `read_committed`: records of open transactions wait, those of aborted ones never come. */
  readonly isolation?: Isolation
  /** What happens where the next record is gone from the topic: fail, or go on with the first there is and count. Default `fail`. */
  readonly onLostRecords?: 'fail' | 'continue'
  /** How often new partitions are looked for. Default 30 s. */
  readonly discoverEvery?: Duration
  readonly fetch?: KafkaFetchOptions
  /** This job's rack, so that a replica nearby is read where brokers say so (KIP-392). */
  readonly rack?: string
}

export interface KafkaFetchOptions {
  /** Of one partition in one answer; a larger batch of records comes all the same. Default 1 MiB. */
  readonly partitionBytes?: number
  /** Of one answer. Default 16 MiB. */
  readonly bytes?: number
  /** What may wait in memory, of all partitions; one that the job waits for is always fetched. Default 64 MiB. */
  readonly bufferedBytes?: number
  /** How long a broker waits for a record to come. Default 500 ms. */
  readonly maxWait?: Duration
}

export interface ParsedKafkaSource<T, R> {
  readonly connection: ParsedConnection
  readonly topics: readonly string[]
  readonly format: MessageFormat<T>
  readonly map: ((value: T, info: KafkaRecordInfo) => R) | undefined
  readonly mapTombstone: ((info: KafkaRecordInfo) => R) | undefined
  readonly start: KafkaStart
  readonly whenGroupHasNone: 'earliest' | 'latest' | 'fail'
  readonly end: KafkaEnd | undefined
  readonly groupId: string | undefined
  readonly isolation: Isolation
  readonly onLostRecords: 'fail' | 'continue'
  readonly discoverEveryMs: number
  readonly partitionBytes: number
  readonly answerBytes: number
  readonly bufferedBytes: number
  readonly maxWaitMs: number
  readonly rack: string | undefined
}

const MIB = 1024 * 1024
const MOST_BYTES = 1024 * MIB

const NAMES = [
  ...CONNECTION_OPTIONS,
  'topic',
  'format',
  'map',
  'mapTombstone',
  'start',
  'whenGroupHasNone',
  'end',
  'groupId',
  'isolation',
  'onLostRecords',
  'discoverEvery',
  'fetch',
  'rack',
] as const satisfies readonly (keyof KafkaSourceOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseKafkaSource<T, R>(options: KafkaSourceOptions<T, R>): ParsedKafkaSource<T, R> {
  checkNames('', options, NAMES)
  const { format, start = 'earliest', end, groupId, fetch = {}, rack } = options
  checkNames('fetch', fetch, ['partitionBytes', 'bytes', 'bufferedBytes', 'maxWait'])
  const topics = typeof options.topic === 'string' ? [options.topic] : options.topic
  if (!Array.isArray(topics) || topics.length === 0) throw invalidOption('topic', 'names no topic')
  for (const [index, topic] of topics.entries()) {
    checkTopic(topics.length === 1 ? 'topic' : `topic[${index}]`, topic)
    if (topics.indexOf(topic) !== index) throw invalidOption(`topic[${index}]`, `names ${topic} twice`)
  }
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  if (start === 'group' && groupId === undefined) throw invalidOption('start', "is 'group', and there is no groupId")
  const partitionBytes = wholeNumber('fetch.partitionBytes', fetch.partitionBytes ?? MIB, 1, MOST_BYTES)
  return {
    connection: parseConnection(options),
    topics,
    format,
    map: functionOption('map', options.map),
    mapTombstone: functionOption('mapTombstone', options.mapTombstone),
    start: checkedStart(start),
    whenGroupHasNone: oneOf('whenGroupHasNone', options.whenGroupHasNone ?? 'earliest', ['earliest', 'latest', 'fail']),
    end: end === undefined ? undefined : checkedEnd(end),
    groupId: groupId === undefined ? undefined : text('groupId', groupId),
    isolation: oneOf('isolation', options.isolation ?? 'read_committed', ['read_committed', 'read_uncommitted']),
    onLostRecords: oneOf('onLostRecords', options.onLostRecords ?? 'fail', ['fail', 'continue']),
    discoverEveryMs: durationMs('discoverEvery', options.discoverEvery ?? '30s', 10),
    partitionBytes,
    answerBytes: wholeNumber('fetch.bytes', fetch.bytes ?? 16 * MIB, 1, MOST_BYTES),
    bufferedBytes: wholeNumber('fetch.bufferedBytes', fetch.bufferedBytes ?? 64 * MIB, 1, MOST_BYTES),
    maxWaitMs: durationMs('fetch.maxWait', fetch.maxWait ?? 500, 0, 60_000),
    rack: rack === undefined ? undefined : text('rack', rack),
  }
}

/** As brokers take them. */
export function checkTopic(path: string, topic: string): string {
  if (typeof topic === 'string' && /^[\w.-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return topic
  throw invalidOption(path, `is '${String(topic)}', no name of a topic: letters, digits, '.', '_', '-', at most 249`)
}

function checkedStart(start: KafkaStart): KafkaStart {
  if (typeof start === 'string') return oneOf('start', start, ['earliest', 'latest', 'group'])
  checkNames('start', start, ['timestamp'])
  return { timestamp: wholeNumber('start.timestamp', start.timestamp, 0, Number.MAX_SAFE_INTEGER) }
}

function checkedEnd(end: KafkaEnd): KafkaEnd {
  if (typeof end === 'string') return oneOf('end', end, ['latest'])
  checkNames('end', end, ['offsets'])
  for (const [split, offset] of Object.entries(end.offsets ?? {})) {
    wholeNumber(`end.offsets['${split}']`, offset, 0, Number.MAX_SAFE_INTEGER)
  }
  if (Object.keys(end.offsets ?? {}).length === 0) throw invalidOption('end.offsets', 'names no split')
  return end
}
