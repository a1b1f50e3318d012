import type { Message } from '@aws-sdk/client-sqs'
import type { OperatorMetrics, SourceBatch, SplitReader } from '@millrace/core/connector'
import { type MessageCodec, Undecodable } from '../formats/message-format.ts'
import type { HeldMessages } from './held-messages.ts'
import type { ParsedSqsSource, SqsMessageInfo } from './source-options.ts'

/** Up to which message, counted over all lives of the job. */
export interface QueuePosition {
  readonly upTo: number
}

export interface QueueReading<T, R> {
  readonly split: string
  readonly codec: MessageCodec<T>
  readonly options: Pick<ParsedSqsSource<T, R>, 'map' | 'maxInFlight'>
  readonly held: HeldMessages
  readonly metrics: OperatorMetrics | undefined
  readonly signal: AbortSignal
  receive(): Promise<readonly Message[]>
}

/**
 * Reads a queue. A batch is one message: a position in the middle of one would have the engine pass over messages of the next life, which
 * come in another order.
 */
export class QueueReader<T, R> implements SplitReader<R> {
  readonly start: QueuePosition
  readonly #reading: QueueReading<T, R>
  #number: number
  #messages: readonly Message[] = []
  #at = 0

  constructor(reading: QueueReading<T, R>, start: QueuePosition) {
    this.start = start
    this.#reading = reading
    this.#number = start.upTo
  }

  async read(): Promise<SourceBatch<R>> {
    while (this.#at === this.#messages.length) {
      await this.#waitForRoom()
      this.#messages = this.#newOf(await this.#reading.receive())
      this.#at = 0
    }
    const message = this.#messages[this.#at++] as Message
    this.#number += 1
    return this.#batchOf(message, { upTo: this.#number })
  }

  /** What comes again while the job has it is read once: what was received first is read, or will be. */
  #newOf(received: readonly Message[]): readonly Message[] {
    const { held } = this.#reading
    const fresh: Message[] = []
    for (const message of received) {
      const { MessageId = '', ReceiptHandle = '' } = message
      // Without an id nobody knows: it is read.
      if (MessageId !== '' && held.holdsAgain(MessageId, ReceiptHandle)) continue
      fresh.push(message)
      held.add(this.#number + fresh.length, MessageId, ReceiptHandle)
    }
    return fresh
  }

  async #waitForRoom(): Promise<void> {
    const { held, options, signal } = this.#reading
    while (held.count >= options.maxInFlight) {
      await held.whenFewer()
      signal.throwIfAborted()
    }
  }

  async #batchOf(message: Message, position: QueuePosition): Promise<SourceBatch<R>> {
    const { split, codec, options, metrics } = this.#reading
    const { MessageId = '', Body = '' } = message
    const value = await codec.decode(Buffer.from(Body))
    const info = infoOf(message)
    metrics?.gauge('lagMs').set(Math.max(0, Date.now() - info.sentAt))
    if (value instanceof Undecodable) {
      const { code, reason } = value
      return {
        values: [],
        rejects: [{ before: 0, reject: { split, position: `message ${MessageId}`, code, reason, raw: Body } }],
        position,
      }
    }
    // Without `map` the two types are one (see the default of R in `sqsSource`).
    const record = options.map === undefined ? (value as unknown as R) : options.map(value, info)
    return { values: [record], position }
  }
}

function infoOf({ MessageId = '', Attributes = {} }: Message): SqsMessageInfo {
  const { SentTimestamp, ApproximateReceiveCount, MessageGroupId } = Attributes
  return {
    messageId: MessageId,
    sentAt: Number(SentTimestamp ?? Number.NaN),
    receiveCount: Number(ApproximateReceiveCount ?? 1),
    groupId: MessageGroupId,
  }
}
