import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { ScanCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Source, SourceBatch, SourceContext, SourceReader, Split, SplitReader } from '@millrace/core/connector'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { checkNames, functionOption, invalidOption, wholeNumber } from '../option-checks.ts'
import { type DynamoDbTable, openTable } from './dynamodb-table.ts'
import type { Item } from './item.ts'
import { checkTable } from './table-name.ts'

export interface DynamoDbScanOptions<T = Item> extends AwsConnectionOptions<DynamoDBClient, DynamoDBClientConfig> {
  /** A table's name or ARN. */
  readonly table: string
  /** Makes the record of an item. What it throws fails the job. Default: the item. */
  readonly map?: (item: Item) => T
  /** Parts of the table that are read side by side, each a split. Default 1. */
  readonly segments?: number
  /** What else a scan takes: index, filter, projection, consistent reads. */
  readonly scan?: Pick<
    ScanCommandInput,
    | 'ConsistentRead'
    | 'ExpressionAttributeNames'
    | 'ExpressionAttributeValues'
    | 'FilterExpression'
    | 'IndexName'
    | 'ProjectionExpression'
  >
  /** Items that are looked at for one answer. Default: as many as fit into 1 MiB. */
  readonly pageItems?: number
}

interface ParsedScan<T> {
  readonly connection: ParsedAwsConnection<DynamoDBClient, DynamoDBClientConfig>
  readonly table: string
  readonly map: ((item: Item) => T) | undefined
  readonly segments: number
  readonly scan: NonNullable<DynamoDbScanOptions['scan']>
  readonly pageItems: number | undefined
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'table',
  'map',
  'segments',
  'scan',
  'pageItems',
] as const satisfies readonly (keyof DynamoDbScanOptions)[]
const SCAN_NAMES = [
  'ConsistentRead',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'FilterExpression',
  'IndexName',
  'ProjectionExpression',
] as const

/** Where a segment goes on: behind so many items of the page that begins after a key; the first page has none. */
interface ScanPosition {
  readonly after: Item | null
  readonly taken: number
}

/**
 * Reads a table once, from end to end: a source that ends. What is written meanwhile may or may not be seen; a restart goes on behind the
 * last page's key, so what changes before that key is not seen again.
 *
 * Metrics: counters `retries`, `throttled`; gauges `inFlight`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: what `dynamoDbSink` throws for its calls.
 */
export function dynamoDbScan<T = Item>(options: DynamoDbScanOptions<T>): Source<T> {
  checkNames('', options, NAMES)
  checkNames('scan', options.scan ?? {}, SCAN_NAMES)
  const parsed: ParsedScan<T> = {
    connection: parseAwsConnection(options),
    table: checkTable('table', options.table),
    map: functionOption('map', options.map),
    segments: wholeNumber('segments', options.segments ?? 1, 1, 1_000_000),
    scan: options.scan ?? {},
    pageItems: options.pageItems === undefined ? undefined : wholeNumber('pageItems', options.pageItems, 1, 1_000_000),
  }
  if (parsed.scan.IndexName !== undefined && parsed.scan.ConsistentRead === true) {
    throw invalidOption('scan.ConsistentRead', 'is true for an index; a global one is never read so')
  }
  const splits = Array.from({ length: parsed.segments }, (_, n) => ({ id: `segment-${n}-of-${parsed.segments}` }))
  return {
    kind: 'dynamodb',
    bounded: true,
    replayable: true,
    createEnumerator: () => ({ discover: () => splits }),
    createReader: (context) => new ScanReader(parsed, context),
  }
}

class ScanReader<T> implements SourceReader<T> {
  readonly #options: ParsedScan<T>
  readonly #context: SourceContext
  #opening: Promise<DynamoDbTable> | undefined

  constructor(options: ParsedScan<T>, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async openSplit({ id }: Split, position: unknown): Promise<SplitReader<T>> {
    const { connection, table } = this.#options
    const { operatorId, signal, metrics } = this.#context
    this.#opening ??= openTable({ who: `source '${operatorId}'`, table, connection, signal, metrics })
    const opened = await this.#opening
    return new SegmentReader(Number(id.split('-')[1]), this.#options, opened, position as ScanPosition | undefined)
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    opened?.close()
  }
}

class SegmentReader<T> implements SplitReader<T> {
  readonly #segment: number
  readonly #options: ParsedScan<T>
  readonly #table: DynamoDbTable
  #after: Item | null
  #taken: number
  #page: { readonly items: readonly Item[]; readonly next: Item | undefined } | undefined

  constructor(segment: number, options: ParsedScan<T>, table: DynamoDbTable, position: ScanPosition | undefined) {
    this.#segment = segment
    this.#options = options
    this.#table = table
    this.#after = position?.after ?? null
    this.#taken = position?.taken ?? 0
  }

  async read(maxRecords: number): Promise<SourceBatch<T> | undefined> {
    for (;;) {
      this.#page ??= await this.#scan()
      const { items, next } = this.#page
      if (this.#taken < items.length) return this.#cut(items, maxRecords)
      if (next === undefined) return undefined
      this.#after = next
      this.#taken = 0
      this.#page = undefined
    }
  }

  #cut(items: readonly Item[], maxRecords: number): SourceBatch<T> {
    const { map } = this.#options
    const part = items.slice(this.#taken, this.#taken + maxRecords)
    this.#taken += part.length
    // Without a map, T is the item.
    const values = map === undefined ? (part as unknown as T[]) : part.map(map)
    const position: ScanPosition = { after: this.#after, taken: this.#taken }
    return { values, position }
  }

  async #scan(): Promise<{ items: readonly Item[]; next: Item | undefined }> {
    const { table, segments, scan, pageItems } = this.#options
    const { calls, client, library } = this.#table
    const command = new library.ScanCommand({
      ...scan,
      TableName: table,
      ...(segments === 1 ? {} : { Segment: this.#segment, TotalSegments: segments }),
      ...(pageItems === undefined ? {} : { Limit: pageItems }),
      ...(this.#after === null ? {} : { ExclusiveStartKey: this.#after }),
    })
    const { Items = [], LastEvaluatedKey } = await calls.call('Scan', (at) => client.send(command, at))
    return { items: Items, next: LastEvaluatedKey }
  }
}
