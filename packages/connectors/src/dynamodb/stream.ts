import type { Source, SourceContext, SourceReader, Split, SplitPosition, SplitReader } from '@millrace/core/connector'
import { PollingFeed } from '../aws/shards/polling-feed.ts'
import { ShardEnumerator, type ShardSplit } from '../aws/shards/shard-enumerator.ts'
import { ShardLag } from '../aws/shards/shard-lag.ts'
import { MillraceConnectorError } from '../errors.ts'
import type { DynamoDbChange } from './change.ts'
import { type DynamoDbStreamOptions, type ParsedDynamoDbStream, parseDynamoDbStream } from './stream-options.ts'
import { type StreamPosition, StreamReader, type StreamReading } from './stream-reader.ts'
import { TableStream } from './table-stream.ts'

/**
 * Reads the changes of a table from its stream, each shard a split of its own, from where the job's checkpoint stands; a shard after the one
 * that it came from, so that the order of each key holds. The service keeps changes for 24 hours.
 *
 * Metrics: gauge `lagMs` (age of the newest change read, of the shard that is furthest behind); counters `expiredIterators`, `lostPositions`,
 * `retries`, `throttled`; gauges `inFlight` (requests), `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, DYNAMODB_STREAM_MISSING,
 * DYNAMODB_CHANGES_LOST.
 */
export function dynamoDbStream<R = DynamoDbChange>(options: DynamoDbStreamOptions<R>): Source<R> {
  const parsed = parseDynamoDbStream(options)
  return {
    kind: 'dynamodb-stream',
    bounded: false,
    replayable: true,
    createEnumerator: (context) =>
      new ShardEnumerator({
        start: parsed.start,
        discoverEveryMs: parsed.discoverEveryMs,
        context,
        stream: TableStream.open(parsed, context, context.signal),
        split: (shard) => shard,
      }),
    createReader: (context) => new StreamSourceReader(parsed, context),
  }
}

class StreamSourceReader<R> implements SourceReader<R> {
  readonly #options: ParsedDynamoDbStream<R>
  readonly #context: SourceContext
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  readonly #lag: ShardLag
  #opening: Promise<{ stream: TableStream; reading: StreamReading<R> }> | undefined

  constructor(options: ParsedDynamoDbStream<R>, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#signal = AbortSignal.any([context.signal, this.#closing.signal])
    this.#lag = new ShardLag(context.metrics)
  }

  async openSplit(split: Split, position: SplitPosition | undefined): Promise<SplitReader<R>> {
    this.#opening ??= this.#open()
    const { reading } = await this.#opening
    const saved = position as StreamPosition | undefined
    const shard = split as ShardSplit
    return StreamReader.open(shard, saved ?? this.#startOf(shard), saved !== undefined, reading)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const opened = await this.#opening?.catch(() => undefined)
    opened?.stream.close()
  }

  async #open(): Promise<{ stream: TableStream; reading: StreamReading<R> }> {
    const { metrics } = this.#context
    const { poll } = this.#options
    const signal = this.#signal
    const { unmarshall } = await loadUtil()
    const stream = await TableStream.open(this.#options, this.#context, signal)
    const { calls, polling: client } = stream
    return {
      stream,
      reading: {
        stream: stream.name,
        options: this.#options,
        metrics,
        unmarshall,
        openFeed: (shardId, from) => PollingFeed.open({ shardId, client, calls, poll, signal, metrics }, from),
        isBehind: (shardId, behindMs) => this.#lag.note(shardId, behindMs),
      },
    }
  }

  /** Shards that come later are read from their first change. */
  #startOf({ isInitial }: ShardSplit): StreamPosition {
    return isInitial && this.#options.start === 'latest' ? { latestAt: Date.now() } : 'trim-horizon'
  }
}

async function loadUtil(): Promise<typeof import('@aws-sdk/util-dynamodb')> {
  try {
    return await import('@aws-sdk/util-dynamodb')
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "this needs '@aws-sdk/util-dynamodb'", { cause })
  }
}
