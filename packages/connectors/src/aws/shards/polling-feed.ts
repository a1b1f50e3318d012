import { setTimeout as sleep } from 'node:timers/promises'
import type { OperatorMetrics } from '@millrace/core/connector'
import type { AwsCalls, AwsRequest } from '../aws-calls.ts'
import { AwsFault, awsFault } from '../aws-fault.ts'
import { type FeedAnswer, type FeedStart, RecordsGone, type ShardFeed } from './shard-feed.ts'

/** What a shard answers: its records, and how it is asked for what follows; by nothing at its end. */
export interface PolledRecords<R> extends FeedAnswer<R> {
  readonly next: string | undefined
}

/** The two requests that a shard is polled by. */
export interface PollingClient<R> {
  getShardIterator(shardId: string, start: FeedStart): AwsRequest<string | undefined>
  getRecords(iterator: string, limit: number): AwsRequest<PolledRecords<R>>
  sequenceNumberOf(record: R): string | undefined
  /** Where the service begins at no time: whether a record is older than that, and to be passed over. */
  isBefore?(record: R, timestamp: number): boolean
}

export interface PollingParts<R> {
  readonly shardId: string
  readonly client: PollingClient<R>
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
export class PollingFeed<R> implements ShardFeed<R> {
  readonly #parts: PollingParts<R>
  #iterator: string | undefined
  /** Where it began: an iterator that has expired before a record came begins there again. */
  readonly #from: FeedStart
  #lastSequenceNumber: string | undefined
  #mustFind: string | undefined
  /** The iterator began at the oldest record, in place of this time. */
  #passBefore: number | undefined
  #spacingMs: number
  #askedAt = Number.NEGATIVE_INFINITY
  #pauseMs = 0

  private constructor(parts: PollingParts<R>, from: FeedStart) {
    this.#parts = parts
    this.#from = from
    this.#spacingMs = parts.poll.spacingMs
  }

  /** The place is taken at once: the newest record is the newest now, and the same when an iterator has expired. */
  static async open<R>(parts: PollingParts<R>, from: FeedStart): Promise<PollingFeed<R>> {
    const feed = new PollingFeed(parts, from.at === 'latest' ? { at: 'timestamp', timestamp: Date.now() } : from)
    feed.#iterator = await feed.#iteratorAt(from)
    return feed
  }

  async next(): Promise<FeedAnswer<R> | undefined> {
    while (this.#iterator !== undefined) {
      await this.#pace()
      try {
        return this.#answerOf(await this.#getRecords(this.#iterator))
      } catch (error) {
        if (isTrimmed(error)) throw new RecordsGone()
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

  #answerOf({ records: polled, next, behindMs }: PolledRecords<R>): FeedAnswer<R> {
    const { client, poll } = this.#parts
    this.#iterator = next
    const hasMore = polled.length > 0 || (behindMs ?? 0) > 0
    this.#pauseMs = hasMore ? 0 : poll.everyMs
    const [first] = polled
    const before = this.#passBefore
    const last = polled.at(-1)
    if (first === undefined || last === undefined) return { records: polled, behindMs }
    let records = polled
    if (this.#mustFind !== undefined) {
      const isThere = client.sequenceNumberOf(first) === this.#mustFind
      this.#mustFind = undefined
      if (!isThere) throw new RecordsGone()
      records = polled.slice(1)
    }
    this.#lastSequenceNumber = client.sequenceNumberOf(last) ?? this.#lastSequenceNumber
    if (before !== undefined) records = records.filter((record) => client.isBefore?.(record, before) !== true)
    return { records, behindMs }
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

  async #getRecords(iterator: string): Promise<PolledRecords<R>> {
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
    const { calls, client, shardId } = this.#parts
    this.#passBefore = start.at === 'timestamp' ? start.timestamp : undefined
    return calls.call('GetShardIterator', client.getShardIterator(shardId, start))
  }
}

function isExpired(error: unknown): boolean {
  return faultName(error) === 'ExpiredIteratorException'
}

/** The iterator stands at what has become too old meanwhile. */
function isTrimmed(error: unknown): boolean {
  return faultName(error) === 'TrimmedDataAccessException'
}

function faultName(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AwsFault ? cause.errorName : undefined
}
