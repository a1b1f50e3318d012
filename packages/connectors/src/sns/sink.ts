import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter } from '../aws/batch-sink-writer.ts'
import { openClient } from '../aws/open-client.ts'
import { resultsById } from '../aws/results-by-id.ts'
import { BatchSender, type EntryFailure } from '../calls/batch-sender.ts'
import { type ParsedSnsSink, parseSnsSink, type SnsSinkOptions } from './sink-options.ts'
import { type SnsMessage, snsMessage } from './sns-message.ts'

/**
 * Publishes messages to a topic, at least once; to a FIFO topic in the order of each group, and once for each de-duplication id within the
 * service's five minutes.
 *
 * Messages that a batch has left out are sent again alone. An answer that was lost makes a request again: those messages are there twice,
 * unless the topic is FIFO. Messages hold the fields that their templates name, and nothing else.
 *
 * Metrics: counters `bytesOut`, `retries`, `throttled` (requests), `throttledRecords`; gauges `inFlight` (requests), `bufferedBytes`,
 * `bufferedRecords`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, SNS_MESSAGE_TOO_LARGE,
 * SNS_MESSAGE_INVALID, FORMAT_ENCODE_FAILED.
 */
export function snsSink<T>(options: SnsSinkOptions<T>): Sink<T> {
  const parsed = parseSnsSink(options)
  return {
    kind: 'sns',
    delivery: 'at-least-once',
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(
  options: ParsedSnsSink<T>,
  { operatorId, signal, metrics }: SinkContext,
): Promise<SinkWriter<T>> {
  const { topicArn, connection, isFifo } = options
  const what = `sink '${operatorId}' to topic '${topicArn.slice(topicArn.lastIndexOf(':') + 1)}'`
  const { library, client, close } = await openClient({
    package: '@aws-sdk/client-sns',
    load: () => import('@aws-sdk/client-sns'),
    make: (sns, config) => new sns.SNSClient(config),
    connection,
  })
  const calls = new AwsCalls({ what, connection, signal, metrics })
  const failed = `PublishBatch of ${what}`

  async function publishOne(message: SnsMessage): Promise<readonly undefined[]> {
    const command = new library.PublishCommand({ TopicArn: topicArn, ...message })
    await calls.once('Publish', (at) => client.send(command, at))
    return [undefined]
  }

  async function publish(messages: readonly SnsMessage[]): Promise<readonly (EntryFailure | undefined)[]> {
    const [only] = messages
    if (messages.length === 1 && only !== undefined) return publishOne(only)
    const entries = messages.map((message, index) => ({ Id: String(index), ...message }))
    const command = new library.PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries })
    const answer = await calls.once('PublishBatch', (at) => client.send(command, at))
    return resultsById(
      failed,
      entries.map(({ Id }) => Id),
      answer,
    )
  }

  const sender = new BatchSender<SnsMessage>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      ...(isFifo ? { keyOf: ({ MessageGroupId }) => MessageGroupId } : {}),
      send: publish,
      failureOf: (error) => requestFailure(failed, error),
      onRetry: (entries) => {
        metrics?.counter('retries').add(1)
        metrics?.counter('throttledRecords').add(entries)
      },
    },
  )
  return new BatchSinkWriter<T, SnsMessage>({
    sender,
    metrics,
    toEntry: (record) => snsMessage(options, record),
    close,
  })
}
