import type { _Record as FirehoseRecord } from '@aws-sdk/client-firehose'
import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { entryFailure, requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter, type SizedEntry } from '../aws/batch-sink-writer.ts'
import { openClient } from '../aws/open-client.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { type FirehoseSinkOptions, type ParsedFirehoseSink, parseFirehoseSink } from './sink-options.ts'

/** Of a record before it is put into base64; the service's limit. */
const MOST_RECORD_BYTES = 1_000 * 1024

/**
 * Writes records to a delivery stream, at least once and in no order: the service gathers them into objects, by its own settings.
 *
 * Records that a request has left out are sent again alone. An answer that was lost makes a request again: those records are there twice.
 *
 * Metrics: counters `bytesOut`, `retries`, `throttled` (requests), `throttledRecords`; gauges `inFlight` (requests), `bufferedBytes`,
 * `bufferedRecords`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, FIREHOSE_RECORD_TOO_LARGE, and
 * what the format throws.
 */
export function firehoseSink<T>(options: FirehoseSinkOptions<T>): Sink<T> {
  const parsed = parseFirehoseSink(options)
  return {
    kind: 'firehose',
    delivery: 'at-least-once',
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(
  options: ParsedFirehoseSink<T>,
  { operatorId, signal, metrics }: SinkContext,
): Promise<SinkWriter<T>> {
  const { deliveryStream, connection, delimiter } = options
  const what = `sink '${operatorId}' to delivery stream '${deliveryStream}'`
  const closing = new AbortController()
  const codec = await options.format.openCodec({ signal: closing.signal })
  const { library, client, close } = await openClient({
    package: '@aws-sdk/client-firehose',
    load: () => import('@aws-sdk/client-firehose'),
    make: (firehose, config) => new firehose.FirehoseClient(config),
    connection,
  })
  const calls = new AwsCalls({ what, connection, signal, metrics })
  const put = `PutRecordBatch of ${what}`
  const sender = new BatchSender<FirehoseRecord>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      send: async (entries) => {
        const command = new library.PutRecordBatchCommand({
          DeliveryStreamName: deliveryStream,
          Records: [...entries],
        })
        const { RequestResponses = [] } = await calls.once('PutRecordBatch', (at) => client.send(command, at))
        return RequestResponses.map(({ ErrorCode }) =>
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
  return new BatchSinkWriter<T, FirehoseRecord>({
    sender,
    metrics,
    toEntry: (record) => {
      const data = codec.encode(record, deliveryStream)
      return data instanceof Promise ? data.then((ready) => entryOf(ready, delimiter)) : entryOf(data, delimiter)
    },
    close: () => {
      closing.abort()
      close()
    },
  })
}

function entryOf(data: Buffer, delimiter: Buffer): SizedEntry<FirehoseRecord> {
  const all = delimiter.length === 0 ? data : Buffer.concat([data, delimiter])
  if (all.length <= MOST_RECORD_BYTES) return { entry: { Data: all }, bytes: all.length }
  throw new MillraceConnectorError(
    'FIREHOSE_RECORD_TOO_LARGE',
    `a record has ${all.length} bytes with its delimiter, and the service takes ${MOST_RECORD_BYTES}`,
  )
}
