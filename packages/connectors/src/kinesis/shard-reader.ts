import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis'
import type { OperatorMetrics, Reject, SourceBatch, SplitReader } from '@millrace/core/connector'
import { ShardAnswers } from '../aws/shards/shard-answers.ts'
import type { FeedStart, ShardFeed } from '../aws/shards/shard-feed.ts'
import { MillraceConnectorError } from '../errors.ts'
import { type MessageCodec, Undecodable } from '../formats/message-format.ts'
import { rawMessage } from '../formats/raw-message.ts'
import { hashKeyOf, userRecordsOf } from './aggregated-record.ts'
import type { KinesisPosition, KinesisSplit } from './kinesis-position.ts'
import type { KinesisRecordInfo, ParsedKinesisSource } from './source-options.ts'

/** What the readers of all shards of one source work with. */
export interface ShardReading<T, R> {
  readonly stream: string
  readonly codec: MessageCodec<T>
  readonly options: Pick<ParsedKinesisSource<T, R>, 'map' | 'outsideShard' | 'onLostRecords'>
  readonly metrics: OperatorMetrics | undefined
  openFeed(shardId: string, from: FeedStart): Promise<ShardFeed<KinesisRecord>>
  /** How far behind a shard is, for the gauge of all of them. `undefined`: it is not read any more. */
  isBehind(shardId: string, behindMs: number | undefined): void
}

/** A user record, with the position behind it. */
interface Unit {
  readonly info: KinesisRecordInfo
  /** Of an aggregate that cannot be read there is one, for the reject. */
  readonly data: Buffer
  readonly isInvalid: boolean
  readonly position: KinesisPosition
}

interface Batch<R> {
  readonly values: R[]
  readonly rejects: { readonly before: number; readonly reject: Reject }[]
}

/**
 * Reads one shard: takes aggregates apart, and decodes their records as they are asked for. The next answer is asked for while the job has
 * half of this one still before it, so that neither waits for the other; more than one and a half are never held.
 */
export class ShardReader<T, R> implements SplitReader<R> {
  readonly start: KinesisPosition
  readonly #split: KinesisSplit
  readonly #reading: ShardReading<T, R>
  readonly #firstHashKey: bigint
  readonly #lastHashKey: bigint
  readonly #answers: ShardAnswers<KinesisRecord>
  /** The record that the position stands behind: the first to come, of which so many user records are passed over. */
  #expected: { readonly sequenceNumber: string; readonly users: number } | undefined
  #units: readonly Unit[] = []
  #at = 0
  #isAtEnd = false

  private constructor(
    split: KinesisSplit,
    start: KinesisPosition,
    answers: ShardAnswers<KinesisRecord>,
    reading: ShardReading<T, R>,
  ) {
    this.#split = split
    this.#firstHashKey = BigInt(split.hashKeys[0])
    this.#lastHashKey = BigInt(split.hashKeys[1])
    this.start = start
    this.#answers = answers
    this.#reading = reading
    if (typeof start === 'object' && 'sequenceNumber' in start) {
      this.#expected = { sequenceNumber: start.sequenceNumber, users: start.users ?? Number.POSITIVE_INFINITY }
    }
  }

  /** @throws KINESIS_RECORDS_LOST where the shard is gone in the middle of which the position stands */
  static async open<T, R>(
    split: KinesisSplit,
    start: KinesisPosition,
    isSaved: boolean,
    reading: ShardReading<T, R>,
  ): Promise<ShardReader<T, R>> {
    const at = isSaved ? start : asFeedStart(start)
    const answers = await ShardAnswers.open(typeof at === 'object' && 'at' in at ? at : feedStart(at), isSaved, {
      openFeed: (from) => reading.openFeed(split.id, from),
      lost: (cause) => lost(split, reading, cause),
      isGone,
      isBehind: (behindMs) => reading.isBehind(split.id, behindMs),
    })
    return new ShardReader(split, start, answers, reading)
  }

  async read(maxRecords: number): Promise<SourceBatch<R> | undefined> {
    for (;;) {
      if (this.#at < this.#units.length) return this.#cut(maxRecords)
      if (this.#isAtEnd) return undefined
      await this.#fetch()
    }
  }

  close(): void {
    this.#answers.close()
  }

  async #fetch(): Promise<void> {
    const answer = await this.#answers.take()
    this.#isAtEnd = answer === undefined
    this.#units = answer === undefined ? [] : this.#unitsOf(answer.records)
    this.#at = 0
  }

  #unitsOf(records: readonly KinesisRecord[]): Unit[] {
    const units: Unit[] = []
    let bytes = 0
    for (const record of records) {
      bytes += record.Data?.length ?? 0
      const expected = this.#expected
      this.#expected = undefined
      if (expected === undefined) this.#expand(record, 0, units)
      else if (record.SequenceNumber === expected.sequenceNumber) this.#expand(record, expected.users, units)
      else {
        // It is older than the stream keeps, and so may others be that came after it.
        lost(this.#split, this.#reading, undefined)
        this.#expand(record, 0, units)
      }
    }
    this.#reading.metrics?.counter('bytesIn').add(bytes)
    return units
  }

  /** The user records of a record, but for the first ones. */
  #expand(record: KinesisRecord, passedOver: number, units: Unit[]): void {
    const { SequenceNumber = '', PartitionKey = '', ApproximateArrivalTimestamp } = record
    const { stream, metrics, options } = this.#reading
    const data = asBuffer(record.Data ?? new Uint8Array())
    const whole: KinesisRecordInfo = {
      stream,
      shardId: this.#split.id,
      sequenceNumber: SequenceNumber,
      subSequenceNumber: undefined,
      partitionKey: PartitionKey,
      explicitHashKey: undefined,
      arrivedAt: ApproximateArrivalTimestamp?.getTime() ?? 0,
    }
    const behind = { sequenceNumber: SequenceNumber }
    const users = userRecordsOf(data)
    if (users === undefined || users === 'invalid') {
      if (passedOver === 0) units.push({ info: whole, data, isInvalid: users === 'invalid', position: behind })
      return
    }
    metrics?.counter('aggregates').add(1)
    for (const [index, user] of users.entries()) {
      if (index < passedOver) continue
      if (options.outsideShard === 'drop' && !this.#belongs(hashKeyOf(user))) {
        metrics?.counter('outsideShard').add(1)
        continue
      }
      const { partitionKey, explicitHashKey } = user
      const position = index === users.length - 1 ? behind : { ...behind, users: index + 1 }
      const info = { ...whole, subSequenceNumber: index, partitionKey, explicitHashKey }
      units.push({ info, data: user.data, isInvalid: false, position })
    }
  }

  #belongs(hashKey: bigint): boolean {
    return hashKey >= this.#firstHashKey && hashKey <= this.#lastHashKey
  }

  async #cut(maxRecords: number): Promise<SourceBatch<R>> {
    if ((this.#at + maxRecords) * 2 >= this.#units.length) this.#answers.askAhead()
    const batch: Batch<R> = { values: [], rejects: [] }
    let position: KinesisPosition = this.start
    while (this.#at < this.#units.length && batch.values.length < maxRecords) {
      const unit = this.#units[this.#at++] as Unit
      const decoded = unit.isInvalid ? INVALID_AGGREGATE : this.#reading.codec.decode(unit.data)
      this.#add(unit, decoded instanceof Promise ? await decoded : decoded, batch)
      position = unit.position
    }
    const { values, rejects } = batch
    return rejects.length === 0 ? { values, position } : { values, rejects, position }
  }

  #add({ info, data }: Unit, decoded: T | Undecodable, batch: Batch<R>): void {
    if (decoded instanceof Undecodable) {
      const { code, reason } = decoded
      const reject = { split: this.#split.id, position: positionText(info), code, reason, raw: rawMessage(data) }
      batch.rejects.push({ before: batch.values.length, reject })
      return
    }
    const { map } = this.#reading.options
    // Without a map, R is T.
    batch.values.push(map === undefined ? (decoded as unknown as R) : map(decoded, info))
  }
}

const INVALID_AGGREGATE = new Undecodable(
  'aggregate-invalid',
  'is an aggregate by its magic number and digest, and its message is not what the format says',
)

/** A position that a user's option made is opened as it says; `latestAt` is the newest record now. */
function asFeedStart(start: KinesisPosition): FeedStart | KinesisPosition {
  return typeof start === 'object' && 'latestAt' in start ? { at: 'latest' } : start
}

function feedStart(position: KinesisPosition): FeedStart {
  if (position === 'trim-horizon') return { at: 'trim-horizon' }
  if ('timestamp' in position) return { at: 'timestamp', timestamp: position.timestamp }
  if ('latestAt' in position) return { at: 'timestamp', timestamp: position.latestAt }
  const sequenceNumber = 'sequenceNumber' in position ? position.sequenceNumber : position.startSequenceNumber
  return { at: 'sequence-number', sequenceNumber }
}

/** @throws KINESIS_RECORDS_LOST unless the job is to go on */
function lost<T, R>({ id }: KinesisSplit, { options, metrics, stream }: ShardReading<T, R>, cause: unknown): void {
  metrics?.counter('lostPositions').add(1)
  if (options.onLostRecords === 'continue') return
  throw new MillraceConnectorError(
    'KINESIS_RECORDS_LOST',
    `shard '${id}' of stream '${stream}' does not hold any more what the job stands behind`,
    { cause },
  )
}

function isGone(error: unknown): boolean {
  return error instanceof MillraceConnectorError && ['AWS_RESOURCE_MISSING', 'AWS_REQUEST_REFUSED'].includes(error.code)
}

function positionText({ sequenceNumber, subSequenceNumber }: KinesisRecordInfo): string {
  const sub = subSequenceNumber === undefined ? '' : `, record ${subSequenceNumber} of its aggregate`
  return `sequence number ${sequenceNumber}${sub}`
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
