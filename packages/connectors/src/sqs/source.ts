import type { Source, SourceContext, SourceReader, SplitPosition, SplitReader } from '@millrace/core/connector'
import { AwsCalls } from '../aws/aws-calls.ts'
import { awsFault } from '../aws/aws-fault.ts'
import { openClient } from '../aws/open-client.ts'
import { MillraceConnectorError } from '../errors.ts'
import { HeldMessages, type QueueRequests } from './held-messages.ts'
import { type QueuePosition, QueueReader } from './queue-reader.ts'
import { nameOfQueue } from './queue-url.ts'
import { type ParsedSqsSource, parseSqsSource, type SqsSourceOptions } from './source-options.ts'

/**
 * Reads a queue without end, at least once: a message is hidden from others for as long as the job has it, and deleted when the checkpoint
 * that counts on it is durable. So the job needs checkpoints: without them nothing is deleted, and after `maxInFlight` messages no more are read.
 *
 * Messages come again that a job did not delete: after a crash, those since the last checkpoint, and those of it whose deletion it did not come to; what a request under way had
 * received at an end, after `visibilityTimeout`. What comes again while the job has it is read once, by its message id. A message that is none
 * becomes a reject, and is deleted like others, or is left to the queue's dead-letter queue (`poison`).
 *
 * Metrics: counters `lateDeletes`, `leftToDeadLetters`, `redelivered`, `retries`, `throttled`; gauges `heldMessages`, `lagMs`, `inFlight` (requests), `circuitOpen`; histogram `requestMs`.
 *
 * @throws CONNECTOR_OPTION_INVALID for an option that cannot be. While running: CONNECTOR_PEER_MISSING, AWS_UNREACHABLE, AWS_THROTTLED,
 * AWS_UNAVAILABLE, AWS_NOT_AUTHORIZED, AWS_RESOURCE_MISSING, AWS_REQUEST_REFUSED, SQS_DEAD_LETTER_MISSING, CONNECTOR_CALL_TIMED_OUT, and what the format throws.
 */
export function sqsSource<T, R = T>(options: SqsSourceOptions<T, R>): Source<R> {
  const parsed = parseSqsSource(options)
  return {
    kind: 'sqs',
    bounded: false,
    replayable: true,
    createEnumerator: () => ({
      discoverEveryMs: Number.POSITIVE_INFINITY,
      discover: () => [{ id: nameOfQueue(parsed.queueUrl) }],
    }),
    createReader: (context) => new SqsReader(parsed, context),
  }
}

interface Opened {
  readonly requests: QueueRequests
  readonly held: HeldMessages
  readonly closing: AbortController
  open(start: QueuePosition): SplitReader<unknown>
  close(): void
}

class SqsReader<T, R> implements SourceReader<R> {
  readonly #options: ParsedSqsSource<T, R>
  readonly #context: SourceContext
  #opened: Promise<Opened> | undefined

  constructor(options: ParsedSqsSource<T, R>, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async openSplit(_: unknown, position: SplitPosition | undefined): Promise<SplitReader<R>> {
    this.#opened ??= this.#open()
    const { open } = await this.#opened
    return open((position as QueuePosition | undefined) ?? { upTo: 0 }) as SplitReader<R>
  }

  async checkpointComplete(positions: ReadonlyMap<string, SplitPosition>): Promise<void> {
    const { held } = await (this.#opened as Promise<Opened>)
    for (const position of positions.values()) {
      if (position !== undefined) await held.removeUpTo((position as QueuePosition).upTo)
    }
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    if (opened === undefined) return
    await opened.held.close()
    opened.closing.abort()
    opened.close()
  }

  async #open(): Promise<Opened> {
    const { queueUrl, connection, format, map, visibilitySeconds, waitSeconds, maxMessages, poison } = this.#options
    const { operatorId, signal, metrics } = this.#context
    const split = nameOfQueue(queueUrl)
    const what = `source '${operatorId}' of queue '${split}'`
    const closing = new AbortController()
    const codec = await format.openCodec({ signal: closing.signal })
    const { library, client, close } = await openClient({
      package: '@aws-sdk/client-sqs',
      load: () => import('@aws-sdk/client-sqs'),
      make: (sqs, config) => new sqs.SQSClient(config),
      connection,
    })
    const calls = new AwsCalls({ what, connection, signal, metrics })
    if (poison === 'dead-letter') {
      const asked = new library.GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] })
      const { Attributes } = await calls.call('GetQueueAttributes', (at) => client.send(asked, at))
      if (!Attributes?.RedrivePolicy) {
        close()
        throw new MillraceConnectorError('SQS_DEAD_LETTER_MISSING', `queue '${split}' has no dead-letter queue`)
      }
    }
    // What is held is let go of after the job's signal.
    const last = new AwsCalls({
      what,
      connection: { requestTimeoutMs: 5_000, retryForMs: 0 },
      signal: closing.signal,
      metrics,
    })
    const requests: QueueRequests = {
      calls,
      remove: async (receipts) => {
        const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
        const command = new library.DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })
        const { Failed = [] } = await calls.call('DeleteMessageBatch', (at) => client.send(command, at))
        return Failed.map(({ Id, Code, SenderFault }) => ({
          index: Number(Id),
          isForGood: SenderFault === true && !awsFault({ name: Code }).retryable,
        }))
      },
      hide: async (receipts, VisibilityTimeout) => {
        const Entries = receipts.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout,
        }))
        const command = new library.ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })
        const operation = 'ChangeMessageVisibilityBatch'
        if (VisibilityTimeout === 0) await last.once(operation, (at) => client.send(command, at))
        else await calls.call(operation, (at) => client.send(command, at))
      },
    }
    const held = new HeldMessages(requests, visibilitySeconds, metrics)
    const receive = async () => {
      const command = new library.ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: maxMessages,
        VisibilityTimeout: visibilitySeconds,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount', 'MessageGroupId'],
        // They are shown to nobody but `map`.
        ...(map === undefined ? {} : { MessageAttributeNames: ['All'] }),
      })
      const { Messages = [] } = await calls.call('ReceiveMessage', (at) => client.send(command, at))
      return Messages
    }
    const reading = { split, codec, options: this.#options, held, metrics, signal, receive }
    return { requests, held, closing, open: (start) => new QueueReader(reading, start), close }
  }
}
