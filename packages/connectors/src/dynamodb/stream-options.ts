import type { DynamoDBStreamsClient, DynamoDBStreamsClientConfig } from '@aws-sdk/client-dynamodb-streams'
import type { Duration } from '@millrace/core/connector'
import {
  AWS_CONNECTION_OPTIONS,
  type AwsConnectionOptions,
  type ParsedAwsConnection,
  parseAwsConnection,
} from '../aws/aws-options.ts'
import { checkNames, durationMs, functionOption, invalidOption, oneOf, wholeNumber } from '../option-checks.ts'
import type { DynamoDbChange } from './change.ts'
import { checkTable } from './table-name.ts'

export interface DynamoDbStreamOptions<R = DynamoDbChange>
  extends AwsConnectionOptions<DynamoDBStreamsClient, DynamoDBStreamsClientConfig> {
  /** A table's name: the newest of its streams is read. */
  readonly table?: string
  /** A stream's ARN, in place of the table's name. */
  readonly streamArn?: string
  /** Makes the record of a change. What it throws fails the job. */
  readonly map?: (change: DynamoDbChange) => R
  /** Where a job begins that goes on from no checkpoint: at the oldest change that is kept, of 24 hours, or the newest. Default `trim-horizon`. */
  readonly start?: 'trim-horizon' | 'latest'
  /** What happens where the next change is gone, older than the stream keeps: fail, or go on with the oldest there is and count. Default `fail`. */
  readonly onLostRecords?: 'fail' | 'continue'
  readonly poll?: DynamoDbPollOptions
  /** How often new shards are looked for; beside that, whenever one ends. Default 10 s. */
  readonly discoverEvery?: Duration
}

export interface DynamoDbPollOptions {
  /** Changes of one answer, at most 1,000. An answer has at most 1 MiB. Default 1,000. */
  readonly records?: number
  /** The pause before a shard is asked again that had nothing. Default 250 ms. */
  readonly every?: Duration
  /** The least time from one request to the next: a shard answers five a second, to all that poll it. Default 200 ms. */
  readonly spacing?: Duration
}

export interface ParsedDynamoDbStream<R> {
  readonly connection: ParsedAwsConnection<DynamoDBStreamsClient, DynamoDBStreamsClientConfig>
  readonly stream: { readonly table: string } | { readonly arn: string }
  readonly map: ((change: DynamoDbChange) => R) | undefined
  readonly start: 'trim-horizon' | 'latest'
  readonly onLostRecords: 'fail' | 'continue'
  readonly poll: { readonly records: number; readonly everyMs: number; readonly spacingMs: number }
  readonly discoverEveryMs: number
}

const NAMES = [
  ...AWS_CONNECTION_OPTIONS,
  'table',
  'streamArn',
  'map',
  'start',
  'onLostRecords',
  'poll',
  'discoverEvery',
] as const satisfies readonly (keyof DynamoDbStreamOptions)[]

/** @throws CONNECTOR_OPTION_INVALID */
export function parseDynamoDbStream<R>(options: DynamoDbStreamOptions<R>): ParsedDynamoDbStream<R> {
  checkNames('', options, NAMES)
  const { poll = {}, table, streamArn } = options
  checkNames('poll', poll, ['records', 'every', 'spacing'])
  if ((table === undefined) === (streamArn === undefined)) {
    throw invalidOption('table', 'or streamArn is needed: one of the two')
  }
  return {
    connection: parseAwsConnection(options),
    stream: table === undefined ? { arn: checkedArn(streamArn) } : { table: checkTable('table', table) },
    map: functionOption('map', options.map),
    start: oneOf('start', options.start ?? 'trim-horizon', ['trim-horizon', 'latest']),
    onLostRecords: oneOf('onLostRecords', options.onLostRecords ?? 'fail', ['fail', 'continue']),
    poll: {
      records: wholeNumber('poll.records', poll.records ?? 1_000, 1, 1_000),
      everyMs: durationMs('poll.every', poll.every ?? 250, 0, 60_000),
      spacingMs: durationMs('poll.spacing', poll.spacing ?? 200, 0, 60_000),
    },
    discoverEveryMs: durationMs('discoverEvery', options.discoverEvery ?? '10s', 10),
  }
}

function checkedArn(arn: unknown): string {
  if (typeof arn === 'string' && /^arn:[\w-]+:dynamodb:[^\s:]+:\d+:table\/[\w.-]+\/stream\/[\w:.-]+$/.test(arn))
    return arn
  throw invalidOption('streamArn', "is no stream's ARN")
}
