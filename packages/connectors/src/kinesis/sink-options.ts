import type { KinesisClient, KinesisClientConfig } from '@aws-sdk/client-kinesis'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { type AwsBatchOptions, type ParsedBatch, parseBatch } from '../aws/batch-options.ts'
import type { MessageFormat } from '../formats/message-format.ts'
import { checkNames, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import { checkStream, type StreamName } from './stream-name.ts'

export interface KinesisSinkOptions<T> extends AwsConnectionOptions<KinesisClient, KinesisClientConfig> {
  /** A stream's name or ARN. None is created. */
  readonly stream: string
  readonly format: MessageFormat<T>
  /**
   * 1 to 256 characters; a shard is chosen by its hash, and records of a key keep their order. One key for all records sends them all to
   * one shard: take what there are many of, such as a patient's id.
   */
  readonly partitionKey: (record: T) => string
  /** Takes the place of the key's hash: a whole number below 2 ** 128 in decimal digits. `undefined`: the key's hash. Default: none. */
  readonly explicitHashKey?: (record: T) => string | undefined
  /**
   * `key`: a key has one record under way at a time, so that none passes another that has to be sent again; a key is then written once a
   * round trip. `none`: as fast as shards take them, and a record that was refused for now comes after later ones. Default `key`.
   */
  readonly order?: 'key' | 'none'
  /** At most 500 entries, and 5 MiB with their keys (10 MiB where `maxRecordBytes` is above 5 MiB). */
  readonly batch?: AwsBatchOptions
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
  /** The stream's own limit for a record with its key: default 1 MiB, at most 10 MiB where the stream has been set to it. */
  readonly maxRecordBytes?: number
}

export interface ParsedKinesisSink<T> {
  readonly connection: ParsedAwsConnection<KinesisClient, KinesisClientConfig>
  readonly stream: StreamName
  readonly format: MessageFormat<T>
  readonly partitionKey: (record: T) => string
  readonly explicitHashKey: ((record: T) => string | undefined) | undefined
  readonly order: 'key' | 'none'
  readonly batch: ParsedBatch
  readonly maxRecordBytes: number
}

const MIB = 1024 * 1024
const MOST_RECORDS = 500

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'stream',
  'format',
  'partitionKey',
  'explicitHashKey',
  'order',
  'batch',
  'maxBufferedBytes',
  'maxRecordBytes',
] as const satisfies readonly (keyof KinesisSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseKinesisSink<T>(options: KinesisSinkOptions<T>): ParsedKinesisSink<T> {
  checkNames('', options, NAMES)
  const { format } = options
  if (typeof format?.openCodec !== 'function') throw invalidOption('format', 'is no format of messages such as json()')
  if (typeof options.partitionKey !== 'function') throw invalidOption('partitionKey', 'is no function of a record')
  const maxRecordBytes = wholeNumber('maxRecordBytes', options.maxRecordBytes ?? MIB, 1, 10 * MIB)
  const bytes = maxRecordBytes > 5 * MIB ? 10 * MIB : 5 * MIB
  return {
    connection: parseAwsConnection(options),
    stream: checkStream('stream', options.stream),
    format,
    partitionKey: options.partitionKey,
    explicitHashKey: functionOption('explicitHashKey', options.explicitHashKey),
    order: oneOf('order', options.order ?? 'key', ['key', 'none']),
    batch: parseBatch(options, { entries: MOST_RECORDS, bytes }),
    maxRecordBytes,
  }
}
