import type {
  GetShardIteratorInput,
  KinesisClient,
  KinesisClientConfig,
  _Record as KinesisRecord,
  Shard,
} from '@aws-sdk/client-kinesis'
import type { SourceContext } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import type { ParsedAwsConnection } from '../aws/aws-options.ts'
import { openClient } from '../aws/open-client.ts'
import type { PollingClient } from '../aws/shards/polling-feed.ts'
import type { FeedStart } from '../aws/shards/shard-feed.ts'
import type { ListedShard } from '../aws/shards/shard-lineage.ts'
import { nameOfStream, type StreamName } from './stream-name.ts'

/** A shard, with the hash keys that belong to it. */
export interface KinesisShard extends ListedShard {
  readonly hashKeys: readonly [first: string, last: string]
}

type Library = typeof import('@aws-sdk/client-kinesis')

/** A stream as one source sees it: its shards, and the requests that read them. */
export class KinesisStream {
  readonly calls: AwsCalls
  readonly client: KinesisClient
  readonly library: Library
  readonly polling: PollingClient<KinesisRecord>
  readonly #name: StreamName
  readonly #close: () => void

  private constructor(
    parts: { library: Library; client: KinesisClient; close: () => void },
    name: StreamName,
    calls: AwsCalls,
  ) {
    this.library = parts.library
    this.client = parts.client
    this.#close = parts.close
    this.#name = name
    this.calls = calls
    this.polling = pollingClient(parts.library, parts.client, name)
  }

  /** Connects nowhere yet. @throws CONNECTOR_PEER_MISSING */
  static async open(
    name: StreamName,
    connection: ParsedAwsConnection<KinesisClient, KinesisClientConfig>,
    { operatorId, metrics }: Pick<SourceContext, 'operatorId' | 'metrics'>,
    signal: AbortSignal,
  ): Promise<KinesisStream> {
    const opened = await openClient({
      package: '@aws-sdk/client-kinesis',
      load: () => import('@aws-sdk/client-kinesis'),
      make: (library, config: KinesisClientConfig) => new library.KinesisClient(config),
      connection,
    })
    const what = `source '${operatorId}' of stream '${nameOfStream(name)}'`
    return new KinesisStream(opened, name, new AwsCalls({ what, connection, signal, metrics }))
  }

  /** All shards whose records have not all become too old. */
  async shards(): Promise<readonly KinesisShard[]> {
    const shards: KinesisShard[] = []
    let NextToken: string | undefined
    do {
      // A page's token stands for the stream.
      const command = new this.library.ListShardsCommand(NextToken === undefined ? { ...this.#name } : { NextToken })
      const page = await this.calls.call('ListShards', (at) => this.client.send(command, at))
      shards.push(...(page.Shards ?? []).map(listedShard))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return shards
  }

  close(): void {
    this.#close()
  }
}

function listedShard({
  ShardId = '',
  ParentShardId,
  AdjacentParentShardId,
  SequenceNumberRange,
  HashKeyRange,
}: Shard): KinesisShard {
  const parents = [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined)
  return {
    id: ShardId,
    parents,
    isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
    hashKeys: [HashKeyRange?.StartingHashKey ?? '0', HashKeyRange?.EndingHashKey ?? '0'],
  }
}

function pollingClient(library: Library, client: KinesisClient, name: StreamName): PollingClient<KinesisRecord> {
  // The records of a stream that is named by its ARN are asked for by that too.
  const arn = 'StreamARN' in name ? name : {}
  return {
    getShardIterator: (ShardId, start) => async (options) => {
      const command = new library.GetShardIteratorCommand({ ...name, ShardId, ...iteratorType(start) })
      return (await client.send(command, options)).ShardIterator
    },
    getRecords: (ShardIterator, Limit) => async (options) => {
      const command = new library.GetRecordsCommand({ ...arn, ShardIterator, Limit })
      const { Records, NextShardIterator, MillisBehindLatest } = await client.send(command, options)
      return { records: Records ?? [], next: NextShardIterator ?? undefined, behindMs: MillisBehindLatest }
    },
    sequenceNumberOf: ({ SequenceNumber }) => SequenceNumber,
  }
}

function iteratorType(start: FeedStart): Omit<GetShardIteratorInput, 'ShardId'> {
  switch (start.at) {
    case 'trim-horizon':
      return { ShardIteratorType: 'TRIM_HORIZON' }
    case 'latest':
      return { ShardIteratorType: 'LATEST' }
    case 'timestamp':
      return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(start.timestamp) }
    case 'sequence-number':
      return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: start.sequenceNumber }
  }
}
