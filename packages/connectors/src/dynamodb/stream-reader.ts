import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams'
import type { OperatorMetrics, Reject, SourceBatch, SplitReader } from '@millrace/core/connector'
import { ShardAnswers } from '../aws/shards/shard-answers.ts'
import type { ShardSplit } from '../aws/shards/shard-enumerator.ts'
import type { FeedStart, ShardFeed } from '../aws/shards/shard-feed.ts'
import { MillraceConnectorError } from '../errors.ts'
import { changeOf, type DynamoDbChange } from './change.ts'
import type { ParsedDynamoDbStream } from './stream-options.ts'

/**
 * Where to go on in a shard: behind a change, or where it began. `latestAt` stands for the newest change as it was then, in ms since 1970
 * UTC.
 */
export type StreamPosition = { readonly sequenceNumber: string } | { readonly latestAt: number } | 'trim-horizon'

/** What the readers of all shards of one source work with. */
export interface StreamReading<R> {
  readonly stream: string
  readonly options: Pick<ParsedDynamoDbStream<R>, 'map' | 'onLostRecords'>
  readonly metrics: OperatorMetrics | undefined
  readonly unmarshall: typeof import('@aws-sdk/util-dynamodb').unmarshall
  openFeed(shardId: string, from: FeedStart): Promise<ShardFeed<StreamRecord>>
  isBehind(shardId: string, behindMs: number | undefined): void
}

/** Reads one shard of a table's stream. */
export class StreamReader<R> implements SplitReader<R> {
  readonly start: StreamPosition
  readonly #shard: ShardSplit
  readonly #reading: StreamReading<R>
  readonly #answers: ShardAnswers<StreamRecord>
  /** The change that the position stands behind: the first to come. */
  #expected: string | undefined
  #records: readonly StreamRecord[] = []
  #at = 0
  #isAtEnd = false

  private constructor(
    shard: ShardSplit,
    start: StreamPosition,
    answers: ShardAnswers<StreamRecord>,
    reading: StreamReading<R>,
  ) {
    this.start = start
    this.#shard = shard
    this.#reading = reading
    this.#answers = answers
    if (typeof start === 'object' && 'sequenceNumber' in start) this.#expected = start.sequenceNumber
  }

  /** @throws DYNAMODB_CHANGES_LOST where the shard is gone in the middle of which the position stands */
  static async open<R>(
    shard: ShardSplit,
    start: StreamPosition,
    isSaved: boolean,
    reading: StreamReading<R>,
  ): Promise<StreamReader<R>> {
    const answers = await ShardAnswers.open(feedStart(start, isSaved), isSaved, {
      openFeed: (from) => reading.openFeed(shard.id, from),
      lost: (cause) => lost(shard, reading, cause),
      isGone,
      isBehind: (behindMs) => reading.isBehind(shard.id, behindMs),
    })
    return new StreamReader(shard, start, answers, reading)
  }

  async read(maxRecords: number): Promise<SourceBatch<R> | undefined> {
    for (;;) {
      if (this.#at < this.#records.length) return this.#cut(maxRecords)
      if (this.#isAtEnd) return undefined
      const answer = await this.#answers.take()
      this.#isAtEnd = answer === undefined
      this.#records = answer === undefined ? [] : this.#comingOf(answer.records)
      this.#at = 0
    }
  }

  close(): void {
    this.#answers.close()
  }

  /** What comes behind the position. */
  #comingOf(records: readonly StreamRecord[]): readonly StreamRecord[] {
    const [first] = records
    const expected = this.#expected
    if (first === undefined || expected === undefined) return records
    this.#expected = undefined
    if (first.dynamodb?.SequenceNumber === expected) return records.slice(1)
    // It is older than the stream keeps, and so may others be that came after it.
    lost(this.#shard, this.#reading, undefined)
    return records
  }

  #cut(maxRecords: number): SourceBatch<R> {
    if ((this.#at + maxRecords) * 2 >= this.#records.length) this.#answers.askAhead()
    const values: R[] = []
    const rejects: { before: number; reject: Reject }[] = []
    let position: StreamPosition = this.start
    while (this.#at < this.#records.length && values.length < maxRecords) {
      const record = this.#records[this.#at++] as StreamRecord
      const sequenceNumber = record.dynamodb?.SequenceNumber ?? ''
      position = { sequenceNumber }
      const change = changeOf(record, this.#shard.id, this.#reading.unmarshall)
      if (typeof change === 'string') rejects.push({ before: values.length, reject: this.#reject(record, change) })
      else values.push(this.#mapped(change))
    }
    return rejects.length === 0 ? { values, position } : { values, rejects, position }
  }

  #mapped(change: DynamoDbChange): R {
    const { map } = this.#reading.options
    // Without a map, R is the change.
    return map === undefined ? (change as unknown as R) : map(change)
  }

  #reject({ dynamodb }: StreamRecord, reason: string): Reject {
    const position = `sequence number ${dynamodb?.SequenceNumber ?? ''}`
    return { split: this.#shard.id, position, code: 'dynamodb-change-invalid', reason, raw: JSON.stringify(dynamodb) }
  }
}

function feedStart(position: StreamPosition, isSaved: boolean): FeedStart {
  if (position === 'trim-horizon') return { at: 'trim-horizon' }
  if ('sequenceNumber' in position) return { at: 'sequence-number', sequenceNumber: position.sequenceNumber }
  return isSaved ? { at: 'timestamp', timestamp: position.latestAt } : { at: 'latest' }
}

/** @throws DYNAMODB_CHANGES_LOST unless the job is to go on */
function lost<R>({ id }: ShardSplit, { options, metrics, stream }: StreamReading<R>, cause: unknown): void {
  metrics?.counter('lostPositions').add(1)
  if (options.onLostRecords === 'continue') return
  const what = `shard '${id}' of stream '${stream}' does not hold any more what the job stands behind`
  throw new MillraceConnectorError('DYNAMODB_CHANGES_LOST', what, { cause })
}

function isGone(error: unknown): boolean {
  return error instanceof MillraceConnectorError && ['AWS_RESOURCE_MISSING', 'AWS_REQUEST_REFUSED'].includes(error.code)
}
