import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { type AwsBatchOptions, type ParsedBatch, parseBatch } from '../aws/batch-options.ts'
import { checkNames, functionOption, invalidOption, text } from '../option-checks.ts'
import type { Item } from './item.ts'
import type { ItemKey } from './item-key.ts'
import { checkTable } from './table-name.ts'

export interface DynamoDbSinkOptions<T> extends AwsConnectionOptions<DynamoDBClient, DynamoDBClientConfig> {
  /** A table's name or ARN. None is created. */
  readonly table: string
  /** The key's value; a pair where the table has a sort key. The names are the table's. */
  readonly key: (record: T) => ItemKey
  /** What else stands in the item. Default: the record, which has to be an object then. */
  readonly item?: (record: T) => Item
  /**
   * Each key holds the record for which this is greatest (an event time, in ms), whatever comes when and from whom: a write is made on the
   * condition that what is there is older. Of two with the same number the first stays. Default: what comes last stays.
   */
  readonly newestBy?: (record: T) => number
  /** The attribute that `newestBy` is kept in. Default `eventTime`. */
  readonly newestAttribute?: string
  /** Whether a record deletes its key's item. Not together with `newestBy`. Default: none does. */
  readonly remove?: (record: T) => boolean
  /** When the service may delete the item, in ms since 1970 UTC (it is kept in seconds, rounded up). `undefined`: never. Default: never. */
  readonly expiresAt?: (record: T) => number | undefined
  /** The attribute that the table's time to live goes by. Default `ttl`. */
  readonly ttlAttribute?: string
  /** At most 25 entries and 16 MiB; with `newestBy` one, and 32 requests under way. */
  readonly batch?: AwsBatchOptions
  /** What may wait in memory to be written before the job waits. Default 32 MiB. */
  readonly maxBufferedBytes?: number
}

export interface ParsedDynamoDbSink<T> {
  readonly connection: ParsedAwsConnection<DynamoDBClient, DynamoDBClientConfig>
  readonly table: string
  readonly key: (record: T) => ItemKey
  readonly item: ((record: T) => Item) | undefined
  readonly newestBy: ((record: T) => number) | undefined
  readonly newestAttribute: string
  readonly remove: ((record: T) => boolean) | undefined
  readonly expiresAt: ((record: T) => number | undefined) | undefined
  readonly ttlAttribute: string
  readonly batch: ParsedBatch
}

const MIB = 1024 * 1024

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'table',
  'key',
  'item',
  'newestBy',
  'newestAttribute',
  'remove',
  'expiresAt',
  'ttlAttribute',
  'batch',
  'maxBufferedBytes',
] as const satisfies readonly (keyof DynamoDbSinkOptions<unknown>)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseDynamoDbSink<T>(options: DynamoDbSinkOptions<T>): ParsedDynamoDbSink<T> {
  checkNames('', options, NAMES)
  const { newestBy, remove } = options
  if (typeof options.key !== 'function') throw invalidOption('key', 'is no function of a record')
  if (newestBy !== undefined && remove !== undefined) {
    throw invalidOption('remove', 'is given beside newestBy: an item that is gone remembers no time')
  }
  const isOneByOne = newestBy !== undefined
  const most = { entries: isOneByOne ? 1 : 25, bytes: 16 * MIB }
  const batch = { ...options.batch, ...(isOneByOne ? { inFlight: options.batch?.inFlight ?? 32 } : {}) }
  return {
    connection: parseAwsConnection(options),
    table: checkTable('table', options.table),
    key: options.key,
    item: functionOption('item', options.item),
    newestBy: functionOption('newestBy', newestBy),
    newestAttribute: text('newestAttribute', options.newestAttribute ?? 'eventTime'),
    remove: functionOption('remove', remove),
    expiresAt: functionOption('expiresAt', options.expiresAt),
    ttlAttribute: text('ttlAttribute', options.ttlAttribute ?? 'ttl'),
    batch: parseBatch({ ...options, batch }, most),
  }
}
