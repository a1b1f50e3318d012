import type { KinesisClient, KinesisClientConfig } from '@aws-sdk/client-kinesis'
import type { Duration } from '@millrace/core/connector'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, durationMs, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import { checkStream, type StreamName } from './stream-name.ts'

/** Where a record was read, and what came with its data. */
export interface KinesisRecordInfo {
  readonly stream: string
  readonly shardId: string
  /** Of the record of Kinesis; the user records of an aggregate share it. Decimal digits: too long for a number. */
  readonly sequenceNumber: string
  /** The place in an aggregate, from 0; `undefined` for a record that is none. */
  readonly subSequenceNumber: number | undefined
  readonly partitionKey: string
  readonly explicitHashKey: string | undefined
  /** When the service took it, in ms since 1970 UTC. */
  readonly arrivedAt: number
}

/**
 * Where a job begins that goes on from no checkpoint: at the oldest record, the newest, the first of a time, or in the shards named at
 * these sequence numbers and in others at the oldest record. Shards that come later are read from their first record.
 */
export type KinesisStart =
  | 'trim-horizon'
  | 'latest'
  | { readonly timestamp: number }
  | { readonly sequenceNumbers: Readonly<Record<string, string>> }

export interface KinesisSourceOptions<T, R = T> extends AwsConnectionOptions<KinesisClient, KinesisClientConfig> {
  /** A stream's name or ARN. */
  readonly stream: string
  readonly format: MessageFormat<T>
  /** Makes the record of what the format gives and of what came with it. What it throws fails the job. */
  readonly map?: (value: T, info: KinesisRecordInfo) => R
  /** Default `trim-horizon`. */
  readonly start?: KinesisStart
  /** What happens where the next record is gone, older than the stream keeps: fail, or go on with the oldest there is and count. Default `fail`. */
  readonly onLostRecords?: 'fail' | 'continue'
  /**
   * User records of an aggregate that do not belong to the shard by their hash key. The Kinesis Producer Library sends those again after
   * a shard was split: with `drop` they come once, as in Amazon's own consumers, and are counted (`outsideShard`); other producers do not,
   * and lose them. Default `keep`.
   */
  readonly outsideShard?: 'keep' | 'drop'
  readonly poll?: KinesisPollOptions
  /** A throughput of its own, by a consumer of this name, which is registered where it is not there yet. Default: polls. */
  readonly fanOut?: { readonly consumer: string; readonly streamArn: string }
  /** How often new shards are looked for; beside that, whenever one ends. Default 30 s. */
  readonly discoverEvery?: Duration
}

export interface KinesisPollOptions {
  /** Records of one answer, at most 10,000. An answer has at most 10 MiB. Default 10,000. */
  readonly records?: number
  /** The pause before a shard is asked again that had nothing. Default 250 ms. */
  readonly every?: Duration
  /** The least time from one request to the next: a shard answers five a second, to all that poll it. Default 200 ms. */
  readonly spacing?: Duration
}

export interface ParsedKinesisSource<T, R> {
  readonly connection: ParsedAwsConnection<KinesisClient, KinesisClientConfig>
  readonly stream: StreamName
  readonly format: MessageFormat<T>
  readonly map: ((value: T, info: KinesisRecordInfo) => R) | undefined
  readonly start: KinesisStart
  readonly onLostRecords: 'fail' | 'continue'
  readonly outsideShard: 'keep' | 'drop'
  readonly poll: { readonly records: number; readonly everyMs: number; readonly spacingMs: number }
  readonly fanOut: { readonly consumer: string; readonly streamArn: string } | undefined
  readonly discoverEveryMs: number
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'stream',
  'format',
  'map',
  'start',
  'onLostRecords',
  'outsideShard',
  'poll',
  'fanOut',
  'discoverEvery',
] as const satisfies readonly (keyof KinesisSourceOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseKinesisSource<T, R>(options: KinesisSourceOptions<T, R>): ParsedKinesisSource<T, R> {
  checkNames('', options, NAMES)
  const { format, poll = {}, fanOut } = options
  checkNames('poll', poll, ['records', 'every', 'spacing'])
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  return {
    connection: parseAwsConnection(options),
    stream: checkStream('stream', options.stream),
    format,
    map: functionOption('map', options.map),
    start: checkedStart(options.start ?? 'trim-horizon'),
    onLostRecords: oneOf('onLostRecords', options.onLostRecords ?? 'fail', ['fail', 'continue']),
    outsideShard: oneOf('outsideShard', options.outsideShard ?? 'keep', ['keep', 'drop']),
    poll: {
      records: wholeNumber('poll.records', poll.records ?? 10_000, 1, 10_000),
      everyMs: durationMs('poll.every', poll.every ?? 250, 0, 60_000),
      spacingMs: durationMs('poll.spacing', poll.spacing ?? 200, 0, 60_000),
    },
    fanOut: fanOut === undefined ? undefined : checkedFanOut(fanOut),
    discoverEveryMs: durationMs('discoverEvery', options.discoverEvery ?? '30s', 10),
  }
}

function checkedStart(start: KinesisStart): KinesisStart {
  if (typeof start === 'string') return oneOf('start', start, ['trim-horizon', 'latest'])
  checkNames('start', start, ['timestamp', 'sequenceNumbers'])
  if ('timestamp' in start) {
    return { timestamp: wholeNumber('start.timestamp', start.timestamp, 0, Number.MAX_SAFE_INTEGER) }
  }
  const entries = Object.entries(start.sequenceNumbers ?? {})
  if (entries.length === 0) throw invalidOption('start.sequenceNumbers', 'names no shard')
  for (const [shard, number] of entries) {
    if (typeof number === 'string' && /^(0|[1-9]\d{0,128})$/.test(number)) continue
    throw invalidOption(`start.sequenceNumbers['${shard}']`, 'is no sequence number: decimal digits')
  }
  return { sequenceNumbers: { ...start.sequenceNumbers } }
}

function checkedFanOut(fanOut: { consumer: string; streamArn: string }): { consumer: string; streamArn: string } {
  checkNames('fanOut', fanOut, ['consumer', 'streamArn'])
  const { consumer, streamArn } = fanOut
  if (typeof consumer !== 'string' || !/^[\w.-]{1,128}$/.test(consumer)) {
    throw invalidOption('fanOut.consumer', 'is no name of a consumer: 1 to 128 of a-z, A-Z, 0-9, . _ -')
  }
  const stream = checkStream('fanOut.streamArn', streamArn)
  if (!('StreamARN' in stream)) throw invalidOption('fanOut.streamArn', "is no stream's ARN")
  return { consumer, streamArn }
}
