import type { Source, SourceContext, SourceReader, Split, SplitPosition, SplitReader } from '@millrace/core/connector'
import { PollingFeed } from '../aws/shards/polling-feed.ts'
import { ShardEnumerator } from '../aws/shards/shard-enumerator.ts'
import { ShardLag } from '../aws/shards/shard-lag.ts'
import { FanOutFeed, registeredConsumer } from './fan-out-feed.ts'
import type { KinesisPosition, KinesisSplit } from './kinesis-position.ts'
import { KinesisStream } from './kinesis-stream.ts'
import { ShardReader, type ShardReading } from './shard-reader.ts'
import {
  type KinesisSourceOptions,
  type KinesisStart,
  type ParsedKinesisSource,
  parseKinesisSource,
} from './source-options.ts'
import { nameOfStream } from './stream-name.ts'

/**
 * Reads a stream, each shard a split of its own, from where the job's checkpoint stands; a shard after those that it was split or merged
 * from, so that the order of each key holds. Records that a producer has put together (KPL) come one by one.
 *
 * Metrics: gauge `lagMs` (age of the newest record read, of the shard that is furthest behind); counters `bytesIn`, `aggregates`,
 * `outsideShard`, `expiredIterators`, `lostPositions`, `retries`, `throttled`; gauges `inFlight` (requests), `circuitOpen`; histogram
 * `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, KINESIS_RECORDS_LOST, and what
 * the format throws.
 */
export function kinesisSource<T, R = T>(options: KinesisSourceOptions<T, R>): Source<R> {
  const parsed = parseKinesisSource(options)
  return {
    kind: 'kinesis',
    bounded: false,
    replayable: true,
    createEnumerator: (context) =>
      new ShardEnumerator({
        start: shardsOf(parsed.start),
        discoverEveryMs: parsed.discoverEveryMs,
        context,
        stream: KinesisStream.open(parsed.stream, parsed.connection, context, context.signal),
        split: (shard, listed): KinesisSplit => ({ ...shard, hashKeys: listed?.hashKeys ?? ['0', '0'] }),
      }),
    createReader: (context) => new KinesisSourceReader(parsed, context),
  }
}

class KinesisSourceReader<T, R> implements SourceReader<R> {
  readonly #options: ParsedKinesisSource<T, R>
  readonly #context: SourceContext
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  readonly #lag: ShardLag
  #opening: Promise<{ stream: KinesisStream; reading: ShardReading<T, R> }> | undefined

  constructor(options: ParsedKinesisSource<T, R>, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#signal = AbortSignal.any([context.signal, this.#closing.signal])
    this.#lag = new ShardLag(context.metrics)
  }

  async openSplit(split: Split, position: SplitPosition | undefined): Promise<SplitReader<R>> {
    this.#opening ??= this.#open()
    const { reading } = await this.#opening
    const saved = position as KinesisPosition | undefined
    const shard = split as KinesisSplit
    return ShardReader.open(shard, saved ?? this.#startOf(shard), saved !== undefined, reading)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const opened = await this.#opening?.catch(() => undefined)
    opened?.stream.close()
  }

  async #open(): Promise<{ stream: KinesisStream; reading: ShardReading<T, R> }> {
    const { options, context, signal } = { options: this.#options, context: this.#context, signal: this.#signal }
    const { metrics } = context
    const codec = await options.format.openCodec({ signal })
    const stream = await KinesisStream.open(options.stream, options.connection, context, signal)
    const { calls, polling: client } = stream
    const { fanOut, poll } = options
    const consumerArn = fanOut === undefined ? undefined : await registeredConsumer(stream, fanOut, signal)
    return {
      stream,
      reading: {
        stream: nameOfStream(options.stream),
        codec,
        options,
        metrics,
        openFeed: async (shardId, from) => {
          if (consumerArn === undefined)
            return PollingFeed.open({ shardId, client, calls, poll, signal, metrics }, from)
          const { retryForMs } = options.connection
          return FanOutFeed.open({ shardId, consumerArn, stream, signal, metrics, retryForMs }, from)
        },
        isBehind: (shardId, behindMs) => this.#lag.note(shardId, behindMs),
      },
    }
  }

  /** Shards that come later are read from their first record; all are where a time says. */
  #startOf({ id, isInitial }: KinesisSplit): KinesisPosition {
    const { start } = this.#options
    if (typeof start === 'object' && 'timestamp' in start) return { timestamp: start.timestamp }
    if (!isInitial || start === 'trim-horizon') return 'trim-horizon'
    if (start === 'latest') return { latestAt: Date.now() }
    const startSequenceNumber = start.sequenceNumbers[id]
    return startSequenceNumber === undefined ? 'trim-horizon' : { startSequenceNumber }
  }
}

function shardsOf(start: KinesisStart): 'trim-horizon' | 'latest' | readonly string[] {
  if (typeof start === 'string') return start
  return 'sequenceNumbers' in start ? Object.keys(start.sequenceNumbers) : 'trim-horizon'
}
