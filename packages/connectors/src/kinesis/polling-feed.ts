import { setTimeout as sleep } from 'node:timers/promises'
import type { GetRecordsOutput, GetShardIteratorInput } from '@aws-sdk/client-kinesis'
import type { OperatorMetrics } from '@millrace/core/connector'
import type { AwsCalls, AwsRequest } from '../aws/aws-calls.ts'
import { AwsFault, awsFault } from '../aws/aws-fault.ts'
import { type FeedAnswer, type FeedStart, RecordsGone, type ShardFeed } from './shard-feed.ts'

/** The two requests that a shard is polled by. */
export interface PollingClient {
  getShardIterator(
    input: Pick<GetShardIteratorInput, 'ShardId' | 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>,
  ): AwsRequest<string | undefined>
  getRecords(iterator: string, limit: number): AwsRequest<GetRecordsOutput>
}

export interface PollingParts {
  readonly shardId: string
  readonly client: PollingClient
  readonly calls: AwsCalls
  readonly poll: { readonly records: number; readonly everyMs: number; readonly spacingMs: number }
  readonly signal: AbortSignal
  readonly metrics: OperatorMetrics | undefined
}

const LONGEST_SPACING_MS = 10_000

/**
 * Polls a shard. It asks at once for more while it is behind, no oftener than the service allows; a shard that is slowed down is asked
 * half as often each time, and then step by step as before.
 */
export class PollingFeed implements ShardFeed {
  readonly #parts: PollingParts
  #iterator: string | undefined
  /** Where it began: an iterator that has expired before a record came begins there again. */
  readonly #from: FeedStart
  #lastSequenceNumber: string | undefined
  #mustFind: string | undefined
  #spacingMs: number
  #askedAt = Number.NEGATIVE_INFINITY
  #pauseMs = 0

  private constructor(parts: PollingParts, from: FeedStart) {
    this.#parts = parts
    this.#from = from
    this.#spacingMs = parts.poll.spacingMs
  }

  /** The place is taken at once: the newest record is the newest now, and the same when an iterator has expired. */
  static async open(parts: PollingParts, from: FeedStart): Promise<PollingFeed> {
    const feed = new PollingFeed(parts, from.at === 'latest' ? { at: 'timestamp', timestamp: Date.now() } : from)
    feed.#iterator = await feed.#iteratorAt(from)
    return feed
  }

  async next(): Promise<FeedAnswer | undefined> {
    while (this.#iterator !== undefined) {
      await this.#pace()
      try {
        return this.#answerOf(await this.#getRecords(this.#iterator))
      } catch (error) {
        if (!isExpired(error)) throw error
        this.#parts.metrics?.counter('expiredIterators').add(1)
        await this.#renew()
      }
    }
    return undefined
  }

  close(): void {
    this.#iterator = undefined
  }

  #answerOf({ Records = [], NextShardIterator, MillisBehindLatest }: GetRecordsOutput): FeedAnswer {
    this.#iterator = NextShardIterator ?? undefined
    const hasMore = Records.length > 0 || (MillisBehindLatest ?? 0) > 0
    this.#pauseMs = hasMore ? 0 : this.#parts.poll.everyMs
    let records = Records
    if (this.#mustFind !== undefined && Records.length > 0) {
      const isThere = Records[0]?.SequenceNumber === this.#mustFind
      this.#mustFind = undefined
      if (!isThere) throw new RecordsGone()
      records = Records.slice(1)
    }
    this.#lastSequenceNumber = Records.at(-1)?.SequenceNumber ?? this.#lastSequenceNumber
    return { records, behindMs: MillisBehindLatest }
  }

  /**
   * A new iterator begins with the last record that came, which is left out: had it begun behind that, records that have become too old
   * meanwhile would be passed over in silence.
   */
  async #renew(): Promise<void> {
    this.#mustFind = this.#lastSequenceNumber
    this.#iterator = await this.#iteratorAt(
      this.#mustFind === undefined ? this.#from : { at: 'sequence-number', sequenceNumber: this.#mustFind },
    )
  }

  async #getRecords(iterator: string): Promise<GetRecordsOutput> {
    const { calls, client, poll } = this.#parts
    this.#askedAt = performance.now()
    const request = client.getRecords(iterator, poll.records)
    let isSlowed = false
    const answer = await calls.call('GetRecords', async (options) => {
      try {
        return await request(options)
      } catch (error) {
        const fault = awsFault(error)
        if (fault.kind === 'throttled') isSlowed = true
        throw fault
      }
    })
    const { spacingMs } = poll
    if (isSlowed) this.#spacingMs = Math.min(LONGEST_SPACING_MS, Math.max(50, this.#spacingMs) * 2)
    else this.#spacingMs = Math.max(spacingMs, this.#spacingMs * 0.9)
    return answer
  }

  async #pace(): Promise<void> {
    const { signal } = this.#parts
    signal.throwIfAborted()
    const waitMs = Math.max(this.#pauseMs, this.#askedAt + this.#spacingMs - performance.now())
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
  }

  #iteratorAt(start: FeedStart): Promise<string | undefined> {
    const { calls, client, shardId: ShardId } = this.#parts
    return calls.call('GetShardIterator', client.getShardIterator({ ShardId, ...iteratorType(start) }))
  }
}

function isExpired(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AwsFault && cause.errorName === 'ExpiredIteratorException'
}

function iteratorType(start: FeedStart): Omit<GetShardIteratorInput, 'ShardId'> {
  switch (start.at) {
    case 'trim-horizon':
      return { ShardIteratorType: 'TRIM_HORIZON' }
    case 'latest':
      return { ShardIteratorType: 'LATEST' }
    case 'timestamp':
      return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(start.timestamp) }
    case 'sequence-number':
      return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: start.sequenceNumber }
  }
}
