import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
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
  readonly options: Pick<ParsedSqsSource<T, R>, 'map' | 'maxInFlight' | 'maxMessages' | 'poison' | 'receivers'>
  readonly held: HeldMessages
  readonly metrics: OperatorMetrics | undefined
  readonly signal: AbortSignal
  receive(): Promise<readonly Message[]>
}

/**
 * Reads a queue. A batch is one message: a position in the middle of one would have the engine pass over messages of the next life, which
 * come in another order.
 *
 * While there are messages it asks by one more request at a time, up to `receivers`; an answer without any leaves one that waits. A message is
 * numbered and held as it arrives, in the order in which it will be read. Of a FIFO queue's group there are messages in one answer alone:
 * the service keeps the others back until those are deleted.
 */
export class QueueReader<T, R> implements SplitReader<R> {
  readonly start: QueuePosition
  readonly #reading: QueueReading<T, R>
  /** How many have been read, and how many have arrived. */
  #number: number
  #arrived: number
  #messages: Message[] = []
  #at = 0
  readonly #underWay = new Set<Promise<void>>()
  #receivers = 1
  #error: unknown

  constructor(reading: QueueReading<T, R>, start: QueuePosition) {
    this.start = start
    this.#reading = reading
    this.#number = start.upTo
    this.#arrived = start.upTo
  }

  async read(): Promise<SourceBatch<R>> {
    for (;;) {
      const message = await this.#next()
      this.#number += 1
      const batch = await this.#batchOf(message, { upTo: this.#number })
      if (batch !== undefined) return batch
      await this.#reading.held.leave(this.#number)
    }
  }

  async #next(): Promise<Message> {
    this.#ask()
    while (this.#at === this.#messages.length) {
      if (this.#error !== undefined) throw this.#error
      if (this.#underWay.size === 0) await this.#waitForRoom()
      else await Promise.race(this.#underWay)
      this.#ask()
    }
    return this.#messages[this.#at++] as Message
  }

  /** Has as many requests under way as there may be, and as what is held leaves room for. */
  #ask(): void {
    const { held, options } = this.#reading
    while (this.#error === undefined && this.#underWay.size < this.#receivers) {
      const isAhead = this.#messages.length - this.#at > this.#receivers * options.maxMessages
      const coming = held.count + this.#underWay.size * options.maxMessages
      if (isAhead || coming >= options.maxInFlight) return
      const one: Promise<void> = this.#receive().finally(() => this.#underWay.delete(one))
      this.#underWay.add(one)
    }
  }

  /** Never rejects: whoever reads on hears of an error. */
  async #receive(): Promise<void> {
    try {
      const received = await this.#reading.receive()
      this.#receivers = received.length === 0 ? 1 : Math.min(this.#reading.options.receivers, this.#receivers + 1)
      if (this.#at === this.#messages.length) {
        this.#messages = []
        this.#at = 0
      }
      this.#messages.push(...this.#newOf(received))
    } catch (error) {
      this.#error = error
    }
  }

  /** What comes again while the job has it is read once: what was received first is read, or will be. */
  #newOf(received: readonly Message[]): readonly Message[] {
    const { held } = this.#reading
    return received.filter(({ MessageId = '', ReceiptHandle = '' }) => {
      // Without an id nobody knows: it is read.
      if (MessageId !== '' && held.holdsAgain(MessageId, ReceiptHandle)) return false
      this.#arrived += 1
      held.add(this.#arrived, MessageId, ReceiptHandle)
      return true
    })
  }

  async #waitForRoom(): Promise<void> {
    const { held, options, signal } = this.#reading
    while (held.count >= options.maxInFlight) {
      await held.whenFewer()
      signal.throwIfAborted()
    }
  }

  /** `undefined` for one that is none, and is left to the dead-letter queue. */
  async #batchOf(message: Message, position: QueuePosition): Promise<SourceBatch<R> | undefined> {
    const { split, codec, options, metrics } = this.#reading
    const { MessageId = '', Body = '' } = message
    const value = await codec.decode(Buffer.from(Body))
    const info = infoOf(message)
    metrics?.gauge('lagMs').set(Math.max(0, Date.now() - info.sentAt))
    if (value instanceof Undecodable) {
      const { code, reason } = value
      if (options.poison === 'dead-letter') {
        metrics?.counter('leftToDeadLetters').add(1)
        return undefined
      }
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

function infoOf({ MessageId = '', Attributes = {}, MessageAttributes = {} }: Message): SqsMessageInfo {
  const { SentTimestamp, ApproximateReceiveCount, MessageGroupId } = Attributes
  return {
    messageId: MessageId,
    sentAt: Number(SentTimestamp ?? Number.NaN),
    receiveCount: Number(ApproximateReceiveCount ?? 1),
    groupId: MessageGroupId,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, each]) => [name, attributeValue(each)]),
    ),
  }
}

/** A type may have a name of the sender's own behind a dot: `Number.percent`. */
function attributeValue({
  DataType = '',
  StringValue = '',
  BinaryValue,
}: MessageAttributeValue): string | number | Uint8Array {
  if (BinaryValue !== undefined && DataType.startsWith('Binary')) return BinaryValue
  return DataType.startsWith('Number') ? Number(StringValue) : StringValue
}
