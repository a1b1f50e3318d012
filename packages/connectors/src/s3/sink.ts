import type { Sink } from '@millrace/core/connector'
import { Bucket } from './bucket.ts'
import { parseS3Sink, type S3SinkOptions } from './sink-options.ts'
import { S3SinkWriter } from './sink-writer.ts'

/**
 * Writes lines into objects by the hour, `prefix/year=2026/month=11/day=26/hour=14/…`, exactly once: an object is uploaded before the
 * checkpoint, where no reader sees it, and completed when the checkpoint is durable; also by the process that comes after.
 *
 * Objects are closed by time, by size or by a checkpoint, whichever comes first. An hour without a record has none. Nothing is ever
 * written over. Memory is bounded by `maxBufferedBytes` and the parts under way (`inFlight` times `partBytes`).
 *
 * Metrics: counters `objectsOut`, `bytesOut` (as stored), `lostUploads`, `retries`, `throttled`; gauges `bufferedBytes`, `openObjects`,
 * `inFlight`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, S3_TARGET_EXISTS,
 * S3_OBJECTS_AHEAD, S3_OBJECT_EXISTS, S3_UPLOAD_LOST, S3_TIME_INVALID, AWS_UNREACHABLE, AWS_THROTTLED, AWS_UNAVAILABLE,
 * AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, and what the format throws.
 */
export function s3Sink<T>(options: S3SinkOptions<T>): Sink<T> {
  const parsed = parseS3Sink(options)
  const { bucket, connection, delivery } = parsed
  return {
    kind: 's3',
    delivery,
    open: async (context) => {
      const { operatorId, signal, metrics } = context
      const what = `sink '${operatorId}' to bucket '${bucket}'`
      return new S3SinkWriter(parsed, context, await Bucket.open({ what, bucket, connection, signal, metrics }))
    },
  }
}
