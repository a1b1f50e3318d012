import { setTimeout as sleep } from 'node:timers/promises'
import type {
  _Record as KinesisRecord,
  StartingPosition,
  SubscribeToShardEvent,
  SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis'
import type { OperatorMetrics } from '@millrace/core/connector'
import { awsError } from '../aws/aws-error.ts'
import { AwsFault, awsFault } from '../aws/aws-fault.ts'
import { type FeedAnswer, type FeedStart, RecordsGone, type ShardFeed } from '../aws/shards/shard-feed.ts'
import { MillraceConnectorError } from '../errors.ts'
import type { KinesisStream } from './kinesis-stream.ts'

export interface FanOutParts {
  readonly shardId: string
  readonly consumerArn: string
  readonly stream: KinesisStream
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
  /** Subscriptions that fail in a row are made anew for so long. */
  readonly retryForMs: number
}

/** After a subscription that broke; before a consumer is looked at again. */
const PAUSE_MS = 500

/**
 * What the service pushes of one shard, to a consumer that shares its throughput with nobody. A subscription ends after five minutes, or
 * breaks; the next begins with the last record that came, which is left out: had it begun behind that, records that have become too old
 * meanwhile would be passed over in silence.
 */
export class FanOutFeed implements ShardFeed<KinesisRecord> {
  readonly #parts: FanOutParts
  readonly #closing = new AbortController()
  /** Where the next subscription begins while no record has come. */
  #from: StartingPosition
  #lastSequenceNumber: string | undefined
  #mustFind: string | undefined
  #events: AsyncIterator<SubscribeToShardEventStream> | undefined
  #failingSince: number | undefined
  #isAtEnd = false

  private constructor(parts: FanOutParts, from: FeedStart) {
    this.#parts = parts
    this.#from = startingPosition(from)
  }

  /** The place is taken at once: the newest record is the newest now. */
  static async open(parts: FanOutParts, from: FeedStart): Promise<FanOutFeed> {
    const feed = new FanOutFeed(parts, from)
    const now = Date.now()
    feed.#events = await feed.#subscribe()
    if (from.at === 'latest') feed.#from = startingPosition({ at: 'timestamp', timestamp: now })
    return feed
  }

  async next(): Promise<FeedAnswer<KinesisRecord> | undefined> {
    while (!this.#isAtEnd) {
      const event = await this.#nextEvent()
      if (event !== undefined) return this.#answerOf(event)
    }
    return undefined
  }

  close(): void {
    this.#closing.abort(new Error('the shard is closed'))
    this.#events?.return?.().catch(() => {})
    this.#events = undefined
  }

  /** `undefined` where the subscription is over: another follows. */
  async #nextEvent(): Promise<SubscribeToShardEvent | undefined> {
    const { signal } = this.#parts
    signal.throwIfAborted()
    this.#events ??= await this.#subscribe()
    try {
      const { value, done } = await this.#events.next()
      signal.throwIfAborted()
      if (done === true) this.#events = undefined
      else this.#failingSince = undefined
      return value?.SubscribeToShardEvent
    } catch (error) {
      signal.throwIfAborted()
      this.#events = undefined
      await this.#pauseAfter(awsFault(error))
      return undefined
    }
  }

  #answerOf({
    Records = [],
    ContinuationSequenceNumber,
    MillisBehindLatest,
    ChildShards = [],
  }: SubscribeToShardEvent): FeedAnswer<KinesisRecord> {
    // They are named at the end, and only there.
    this.#isAtEnd = ChildShards.length > 0
    let records = Records
    const [first] = records
    if (first !== undefined && this.#mustFind !== undefined) {
      const isThere = first.SequenceNumber === this.#mustFind
      this.#mustFind = undefined
      if (!isThere) throw new RecordsGone()
      records = records.slice(1)
    }
    this.#lastSequenceNumber = Records.at(-1)?.SequenceNumber ?? this.#lastSequenceNumber
    if (this.#lastSequenceNumber === undefined && ContinuationSequenceNumber !== undefined) {
      this.#from = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: ContinuationSequenceNumber }
    }
    return { records, behindMs: MillisBehindLatest }
  }

  async #subscribe(): Promise<AsyncIterator<SubscribeToShardEventStream>> {
    const { stream, consumerArn: ConsumerARN, shardId: ShardId } = this.#parts
    this.#mustFind = this.#lastSequenceNumber
    const StartingPosition: StartingPosition =
      this.#mustFind === undefined ? this.#from : { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: this.#mustFind }
    const command = new stream.library.SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition })
    const { EventStream } = await stream.calls.call('SubscribeToShard', async ({ abortSignal }) => {
      const ending = AbortSignal.any([abortSignal, this.#closing.signal])
      try {
        return await stream.client.send(command, { abortSignal: ending })
      } catch (error) {
        const fault = awsFault(error)
        // The subscription before is not quite over.
        if (fault.errorName === 'ResourceInUseException') throw new AwsFault('throttled', fault.errorName)
        throw fault
      }
    })
    if (EventStream === undefined) throw new AwsFault('unavailable', 'NoEventStream')
    return EventStream[Symbol.asyncIterator]()
  }

  async #pauseAfter(fault: AwsFault): Promise<void> {
    const { shardId, retryForMs, metrics, signal } = this.#parts
    const now = performance.now()
    this.#failingSince ??= now
    if (!fault.retryable || now - this.#failingSince > retryForMs) {
      throw awsError(`SubscribeToShard of shard '${shardId}'`, fault)
    }
    metrics?.counter('retries').add(1)
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

function startingPosition(start: FeedStart): StartingPosition {
  switch (start.at) {
    case 'trim-horizon':
      return { Type: 'TRIM_HORIZON' }
    case 'latest':
      return { Type: 'LATEST' }
    case 'timestamp':
      return { Type: 'AT_TIMESTAMP', Timestamp: new Date(start.timestamp) }
    case 'sequence-number':
      return { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: start.sequenceNumber }
  }
}

/** The ARN of the consumer of this name, which is registered where there is none; waits until it can be used. */
export async function registeredConsumer(
  { calls, client, library }: KinesisStream,
  { consumer: ConsumerName, streamArn: StreamARN }: { readonly consumer: string; readonly streamArn: string },
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    try {
      const describe = new library.DescribeStreamConsumerCommand({ StreamARN, ConsumerName })
      const { ConsumerDescription } = await calls.call('DescribeStreamConsumer', (at) => client.send(describe, at))
      const { ConsumerStatus, ConsumerARN } = ConsumerDescription ?? {}
      if (ConsumerStatus === 'ACTIVE' && ConsumerARN !== undefined) return ConsumerARN
      await sleep(PAUSE_MS, undefined, { signal })
    } catch (error) {
      if (!(error instanceof MillraceConnectorError) || error.code !== 'AWS_RESOURCE_MISSING') throw error
      const register = new library.RegisterStreamConsumerCommand({ StreamARN, ConsumerName })
      await calls.call('RegisterStreamConsumer', (at) => client.send(register, at))
    }
  }
}
