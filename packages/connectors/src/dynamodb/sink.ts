import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { openTable } from './dynamodb-table.ts'
import { newestWriter } from './newest-writer.ts'
import { putWriter } from './put-writer.ts'
import { type DynamoDbSinkOptions, type ParsedDynamoDbSink, parseDynamoDbSink } from './sink-options.ts'

/**
 * Writes records to a table, an item for each key, at least once: what is written again changes nothing.
 *
 * With `newestBy` each key holds its newest by event time, however late and from however many writers records come; of several that wait
 * for the same key only the newest is written. Else each key holds what came last, in batches; entries that the service has left
 * unprocessed are sent again alone, and none passes another of its key.
 *
 * Metrics: counters `superseded` (for a newer one of the same key that waited too), `older` (what is there is as new or newer), `retries`,
 * `throttled` (requests), `unprocessed`, `bytesOut`; gauges `inFlight` (requests), `bufferedBytes`, `bufferedRecords`, `circuitOpen`;
 * histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, DYNAMODB_ITEM_INVALID.
 */
export function dynamoDbSink<T>(options: DynamoDbSinkOptions<T>): Sink<T> {
  const parsed = parseDynamoDbSink(options)
  return {
    kind: 'dynamodb',
    delivery: 'at-least-once',
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(
  options: ParsedDynamoDbSink<T>,
  { operatorId, signal, metrics }: SinkContext,
): Promise<SinkWriter<T>> {
  const { table: name, connection, newestBy } = options
  const table = await openTable({ who: `sink '${operatorId}'`, table: name, connection, signal, metrics })
  return newestBy === undefined
    ? putWriter(options, table, metrics)
    : newestWriter({ ...options, newestBy }, table, metrics)
}
