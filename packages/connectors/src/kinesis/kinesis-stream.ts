import type { KinesisClient, KinesisClientConfig, Shard } from '@aws-sdk/client-kinesis'
import type { SourceContext } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import type { ParsedAwsConnection } from '../aws/aws-options.ts'
import { openClient } from '../aws/open-client.ts'
import type { PollingClient } from './polling-feed.ts'
import type { ListedShard } from './shard-lineage.ts'
import { nameOfStream, type StreamName } from './stream-name.ts'

type Library = typeof import('@aws-sdk/client-kinesis')

/** A stream as one source sees it: its shards, and the requests that read them. */
export class KinesisStream {
  readonly calls: AwsCalls
  readonly client: KinesisClient
  readonly library: Library
  readonly polling: PollingClient
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
  async shards(): Promise<readonly ListedShard[]> {
    const shards: ListedShard[] = []
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
}: Shard): ListedShard {
  const parents = [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined)
  return {
    id: ShardId,
    parents,
    isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
    hashKeys: [HashKeyRange?.StartingHashKey ?? '0', HashKeyRange?.EndingHashKey ?? '0'],
  }
}

function pollingClient(library: Library, client: KinesisClient, name: StreamName): PollingClient {
  // The records of a stream that is named by its ARN are asked for by that too.
  const arn = 'StreamARN' in name ? name : {}
  return {
    getShardIterator: (input) => async (options) => {
      const command = new library.GetShardIteratorCommand({ ...name, ...input })
      return (await client.send(command, options)).ShardIterator
    },
    getRecords: (ShardIterator, Limit) => (options) =>
      client.send(new library.GetRecordsCommand({ ...arn, ShardIterator, Limit }), options),
  }
}
