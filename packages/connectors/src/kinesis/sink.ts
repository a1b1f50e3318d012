import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import type { OperatorMetrics, Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { entryFailure, requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter } from '../aws/batch-sink-writer.ts'
import { openClient } from '../aws/open-client.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { type KeySkew, KeySkewMeter } from './key-skew.ts'
import { KinesisEncoder } from './sink-encoder.ts'
import { type KinesisSinkOptions, type ParsedKinesisSink, parseKinesisSink } from './sink-options.ts'
import { nameOfStream } from './stream-name.ts'

/** From this share of a window's records on, one key is a bottleneck worth a warning. */
const SKEWED = 0.5

/**
 * Writes records to a stream, at least once, in the order of each partition key.
 *
 * Records that a request has left out (a shard is slowed down) are sent again alone, and with `order: 'key'` no later record of their key
 * passes them. An answer that was lost makes a request again: those records are there twice. Where half of 10,000 records or more have one
 * partition key and the stream has several shards, it warns once with the figures (KINESIS_KEY_SKEWED).
 *
 * Metrics: counters `bytesOut`, `retries`, `throttled` (requests), `throttledRecords`; gauges `inFlight` (requests), `bufferedBytes`,
 * `bufferedRecords`, `circuitOpen`, `topKeyShare` (of the last 10,000 records, from 0 to 1); histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, KINESIS_RECORD_TOO_LARGE, and
 * what the format throws.
 */
export function kinesisSink<T>(options: KinesisSinkOptions<T>): Sink<T> {
  const parsed = parseKinesisSink(options)
  return {
    kind: 'kinesis',
    delivery: 'at-least-once',
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(
  options: ParsedKinesisSink<T>,
  { operatorId, signal, metrics }: SinkContext,
): Promise<SinkWriter<T>> {
  const { stream, connection } = options
  const what = `sink '${operatorId}' to stream '${nameOfStream(stream)}'`
  const closing = new AbortController()
  const codec = await options.format.openCodec({ signal: closing.signal })
  const { library, client, close } = await openClient({
    package: '@aws-sdk/client-kinesis',
    load: () => import('@aws-sdk/client-kinesis'),
    make: (kinesis, config) => new kinesis.KinesisClient(config),
    connection,
  })
  const calls = new AwsCalls({ what, connection, signal, metrics })
  const describe = new library.DescribeStreamSummaryCommand({ ...stream })
  const shards = await calls
    .call('DescribeStreamSummary', (at) => client.send(describe, at))
    .then(({ StreamDescriptionSummary }) => StreamDescriptionSummary?.OpenShardCount ?? 0, unlessForbidden)
    .catch((error: unknown) => {
      close()
      throw error
    })

  const put = `PutRecords of ${what}`
  const sender = new BatchSender<PutRecordsRequestEntry>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      ...(options.order === 'key' ? { keyOf: ({ PartitionKey }) => PartitionKey } : {}),
      send: async (entries) => {
        const command = new library.PutRecordsCommand({ ...stream, Records: [...entries] })
        const { Records = [] } = await calls.once('PutRecords', (at) => client.send(command, at))
        return Records.map(({ ErrorCode }) =>
          ErrorCode === undefined ? undefined : entryFailure(put, ErrorCode, false),
        )
      },
      failureOf: (error) => requestFailure(put, error),
      onRetry: (entries) => {
        metrics?.counter('retries').add(1)
        metrics?.counter('throttledRecords').add(entries)
      },
    },
  )
  const encoder = new KinesisEncoder(options, codec)
  const skew = new SkewWarning(what, shards, metrics)
  return new BatchSinkWriter<T, PutRecordsRequestEntry>({
    sender,
    metrics,
    toEntry: (record) => {
      const sized = encoder.encode(record)
      if (sized instanceof Promise) return sized.then((ready) => skew.note(ready))
      return skew.note(sized)
    },
    close: () => {
      closing.abort()
      close()
    },
  })
}

/** Who may put records need not be allowed to describe the stream: that it is there shows itself at the first record. */
function unlessForbidden(error: unknown): number {
  if (error instanceof MillraceConnectorError && error.code === 'AWS_NOT_AUTHORIZED') return 0
  throw error
}

class SkewWarning {
  readonly #what: string
  readonly #shards: number
  readonly #metrics: OperatorMetrics | undefined
  readonly #meter = new KeySkewMeter()
  #hasWarned = false

  constructor(what: string, shards: number, metrics: OperatorMetrics | undefined) {
    this.#what = what
    this.#shards = shards
    this.#metrics = metrics
  }

  note<S extends { readonly entry: PutRecordsRequestEntry; readonly bytes: number }>(sized: S): S {
    const skew = this.#meter.add(sized.entry.PartitionKey ?? '', sized.bytes)
    if (skew !== undefined) this.#judge(skew)
    return sized
  }

  #judge(skew: KeySkew): void {
    const share = skew.topRecords / skew.records
    this.#metrics?.gauge('topKeyShare').set(share)
    if (share < SKEWED || this.#shards < 2 || this.#hasWarned) return
    this.#hasWarned = true
    // Without the key: it may be a patient's.
    const percent = Math.round(share * 100)
    process.emitWarning(
      `${this.#what}: of its last ${skew.records} records ${skew.topRecords} (${percent} %; ${skew.topBytes} of ${skew.bytes} bytes) have one partition key, of ${skew.keys} that were seen. They go to one of ${this.#shards} shards, which takes 1,000 records or 1 MiB a second: choose a partitionKey with more values`,
      { code: 'KINESIS_KEY_SKEWED' },
    )
  }
}
