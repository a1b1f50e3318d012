import type {
  DynamoDBStreamsClient,
  DynamoDBStreamsClientConfig,
  Shard,
  _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams'
import type { SourceContext } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { openClient } from '../aws/open-client.ts'
import type { PollingClient } from '../aws/shards/polling-feed.ts'
import type { FeedStart } from '../aws/shards/shard-feed.ts'
import type { ListedShard } from '../aws/shards/shard-lineage.ts'
import { MillraceConnectorError } from '../errors.ts'
import type { ParsedDynamoDbStream } from './stream-options.ts'

/** By so much the service's clock may be behind ours: rather a change from before the start than none of those after it. */
const CLOCKS_DIFFER_MS = 60_000

type Library = typeof import('@aws-sdk/client-dynamodb-streams')

/** The stream of a table as one source sees it: its shards, and the requests that read them. */
export class TableStream {
  /** The table's name, and when the stream was begun. */
  readonly name: string
  readonly calls: AwsCalls
  readonly polling: PollingClient<StreamRecord>
  readonly #library: Library
  readonly #client: DynamoDBStreamsClient
  readonly #arn: string
  readonly close: () => void

  private constructor(
    parts: { library: Library; client: DynamoDBStreamsClient; close: () => void },
    arn: string,
    calls: AwsCalls,
  ) {
    this.#library = parts.library
    this.#client = parts.client
    this.close = parts.close
    this.#arn = arn
    this.name = arn.slice(arn.indexOf('/') + 1)
    this.calls = calls
    this.polling = pollingClient(parts.library, parts.client, arn)
  }

  /** @throws CONNECTOR_PEER_MISSING, DYNAMODB_STREAM_MISSING and what else a call throws */
  static async open(
    { stream, connection }: Pick<ParsedDynamoDbStream<unknown>, 'stream' | 'connection'>,
    { operatorId, metrics }: Pick<SourceContext, 'operatorId' | 'metrics'>,
    signal: AbortSignal,
  ): Promise<TableStream> {
    const opened = await openClient({
      package: '@aws-sdk/client-dynamodb-streams',
      load: () => import('@aws-sdk/client-dynamodb-streams'),
      make: (library, config: DynamoDBStreamsClientConfig) => new library.DynamoDBStreamsClient(config),
      connection,
    })
    const named =
      'table' in stream ? `table '${stream.table}'` : `stream '${stream.arn.slice(stream.arn.indexOf('/') + 1)}'`
    const calls = new AwsCalls({ what: `source '${operatorId}' of ${named}`, connection, signal, metrics })
    try {
      const arn = 'arn' in stream ? stream.arn : await newestStream(stream.table, opened, calls)
      return new TableStream(opened, arn, calls)
    } catch (error) {
      opened.close()
      throw error
    }
  }

  /** All shards that are kept, of 24 hours. */
  async shards(): Promise<readonly ListedShard[]> {
    const shards: ListedShard[] = []
    let ExclusiveStartShardId: string | undefined
    do {
      const command = new this.#library.DescribeStreamCommand({ StreamArn: this.#arn, ExclusiveStartShardId })
      const { StreamDescription } = await this.calls.call('DescribeStream', (at) => this.#client.send(command, at))
      shards.push(...(StreamDescription?.Shards ?? []).map(listedShard))
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId
    } while (ExclusiveStartShardId !== undefined)
    return shards
  }
}

/** The stream of a table that was begun last: an older one holds only what is left of it. */
async function newestStream(
  table: string,
  { library, client }: { library: Library; client: DynamoDBStreamsClient },
  calls: AwsCalls,
): Promise<string> {
  const TableName = table.slice(table.lastIndexOf('/') + 1)
  const found: { readonly arn: string; readonly label: string }[] = []
  let ExclusiveStartStreamArn: string | undefined
  do {
    const command = new library.ListStreamsCommand({ TableName, ExclusiveStartStreamArn })
    const page = await calls.call('ListStreams', (at) => client.send(command, at))
    for (const { StreamArn, StreamLabel = '' } of page.Streams ?? []) {
      if (StreamArn !== undefined) found.push({ arn: StreamArn, label: StreamLabel })
    }
    ExclusiveStartStreamArn = page.LastEvaluatedStreamArn
  } while (ExclusiveStartStreamArn !== undefined)
  // A label is the time at which the stream was begun.
  const newest = found.toSorted((a, b) => (a.label < b.label ? -1 : 1)).at(-1)
  if (newest !== undefined) return newest.arn
  throw new MillraceConnectorError('DYNAMODB_STREAM_MISSING', `table '${TableName}' has no stream`)
}

function listedShard({ ShardId = '', ParentShardId, SequenceNumberRange }: Shard): ListedShard {
  return {
    id: ShardId,
    parents: ParentShardId === undefined ? [] : [ParentShardId],
    isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
  }
}

function pollingClient(
  library: Library,
  client: DynamoDBStreamsClient,
  StreamArn: string,
): PollingClient<StreamRecord> {
  return {
    getShardIterator: (ShardId, start) => async (options) => {
      const command = new library.GetShardIteratorCommand({ StreamArn, ShardId, ...iteratorType(start) })
      return (await client.send(command, options)).ShardIterator
    },
    getRecords: (ShardIterator, Limit) => async (options) => {
      const { Records = [], NextShardIterator } = await client.send(
        new library.GetRecordsCommand({ ShardIterator, Limit }),
        options,
      )
      const newest = Records.at(-1)?.dynamodb?.ApproximateCreationDateTime?.getTime()
      const behindMs = newest === undefined ? 0 : Math.max(0, Date.now() - newest)
      return { records: Records, next: NextShardIterator ?? undefined, behindMs }
    },
    sequenceNumberOf: ({ dynamodb }) => dynamodb?.SequenceNumber,
    isBefore: ({ dynamodb }, timestamp) => {
      const time = dynamodb?.ApproximateCreationDateTime?.getTime()
      return time !== undefined && time < timestamp - CLOCKS_DIFFER_MS
    },
  }
}

/** The service begins at no time: whoever asks for one passes over what is older. */
function iteratorType(start: FeedStart): {
  readonly ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER'
  readonly SequenceNumber?: string
} {
  if (start.at === 'latest') return { ShardIteratorType: 'LATEST' }
  if (start.at !== 'sequence-number') return { ShardIteratorType: 'TRIM_HORIZON' }
  return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: start.sequenceNumber }
}
