import { isUtf8 } from 'node:buffer'
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import type { Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { requestFailure } from '../aws/batch-failures.ts'
import { BatchSinkWriter, type SizedEntry } from '../aws/batch-sink-writer.ts'
import { checkedFifoId } from '../aws/fifo-id.ts'
import { attributeBytes, messageAttributes } from '../aws/message-attributes.ts'
import { openClient } from '../aws/open-client.ts'
import { resultsById } from '../aws/results-by-id.ts'
import { BatchSender } from '../calls/batch-sender.ts'
import { MillraceConnectorError } from '../errors.ts'
import { invalidOption } from '../option-checks.ts'
import { nameOfQueue } from './queue-url.ts'
import { type ParsedSqsSink, parseSqsSink, type SqsSinkOptions } from './sink-options.ts'

type Message = Omit<SendMessageBatchRequestEntry, 'Id'>

/** What a queue takes as attributes. */
const TAKES = { bytes: true, atMost: 10 }

/**
 * Sends messages to a queue, at least once; to a FIFO queue in the order of each group, and once for each de-duplication id within the
 * service's five minutes.
 *
 * Messages that a batch has left out are sent again alone. An answer that was lost makes a request again: those messages are there twice,
 * unless the queue is FIFO.
 *
 * Metrics: counters `bytesOut`, `retries`, `throttled` (requests), `throttledRecords`; gauges `inFlight` (requests), `bufferedBytes`,
 * `bufferedRecords`, `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, CONNECTOR_CALL_TIMED_OUT, SQS_MESSAGE_TOO_LARGE,
 * SQS_MESSAGE_INVALID, and what the format throws.
 */
export function sqsSink<T>(options: SqsSinkOptions<T>): Sink<T> {
  const parsed = parseSqsSink(options)
  return {
    kind: 'sqs',
    delivery: 'at-least-once',
    open: (context) => openWriter(parsed, context),
  }
}

async function openWriter<T>(
  options: ParsedSqsSink<T>,
  { operatorId, signal, metrics }: SinkContext,
): Promise<SinkWriter<T>> {
  const { queueUrl, connection, isFifo } = options
  const queue = nameOfQueue(queueUrl)
  const what = `sink '${operatorId}' to queue '${queue}'`
  const closing = new AbortController()
  const codec = await options.format.openCodec({ signal: closing.signal })
  const { library, client, close } = await openClient({
    package: '@aws-sdk/client-sqs',
    load: () => import('@aws-sdk/client-sqs'),
    make: (sqs, config) => new sqs.SQSClient(config),
    connection,
  })
  const calls = new AwsCalls({ what, connection, signal, metrics })
  const failed = `SendMessageBatch of ${what}`
  const sender = new BatchSender<Message>(
    { ...options.batch, retryForMs: connection.retryForMs },
    {
      ...(isFifo ? { keyOf: ({ MessageGroupId }) => MessageGroupId } : {}),
      send: async (messages) => {
        const Entries = messages.map((message, index) => ({ Id: String(index), ...message }))
        const command = new library.SendMessageBatchCommand({ QueueUrl: queueUrl, Entries })
        const answer = await calls.once('SendMessageBatch', (at) => client.send(command, at))
        return resultsById(
          failed,
          Entries.map(({ Id }) => Id),
          answer,
        )
      },
      failureOf: (error) => requestFailure(failed, error),
      onRetry: (entries) => {
        metrics?.counter('retries').add(1)
        metrics?.counter('throttledRecords').add(entries)
      },
    },
  )
  return new BatchSinkWriter<T, Message>({
    sender,
    metrics,
    toEntry: (record) => {
      const bytes = codec.encode(record, queue)
      return bytes instanceof Promise
        ? bytes.then((ready) => messageOf(options, record, ready))
        : messageOf(options, record, bytes)
    },
    close: () => {
      closing.abort()
      close()
    },
  })
}

function messageOf<T>(options: ParsedSqsSink<T>, record: T, bytes: Buffer): SizedEntry<Message> {
  const { attributes, groupId, deduplicationId, delaySeconds, maxMessageBytes } = options
  const given = attributes === undefined ? undefined : messageAttributes(attributes(record), TAKES)
  const size = bytes.length + (given === undefined ? 0 : attributeBytes(given))
  if (size > maxMessageBytes) {
    const what = `a message has ${size} bytes with its attributes, and the queue takes ${maxMessageBytes}`
    throw new MillraceConnectorError('SQS_MESSAGE_TOO_LARGE', what)
  }
  const body = bytes.toString()
  // What XML 1.0 has no character for.
  if (bytes.length === 0 || !isUtf8(bytes) || /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body)) {
    throw new MillraceConnectorError('SQS_MESSAGE_INVALID', 'a message is empty, or no text that a queue carries')
  }
  const delay = delaySeconds?.(record)
  const entry: Message = {
    MessageBody: body,
    ...(given === undefined || Object.keys(given).length === 0 ? {} : { MessageAttributes: given }),
    ...(groupId === undefined ? {} : { MessageGroupId: checkedFifoId('groupId', groupId(record)) }),
    ...(deduplicationId === undefined
      ? {}
      : { MessageDeduplicationId: checkedFifoId('deduplicationId', deduplicationId(record)) }),
    ...(delay === undefined ? {} : { DelaySeconds: checkedDelay(delay) }),
  }
  return { entry, bytes: size }
}

function checkedDelay(seconds: number): number {
  if (Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 900) return seconds
  throw invalidOption('delaySeconds', 'gave what is no whole number from 0 to 900')
}
