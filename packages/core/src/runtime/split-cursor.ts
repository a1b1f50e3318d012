import type { SplitSnapshot } from '../checkpoint/checkpoint.ts'
import { MIN_WATERMARK } from '../elements/timestamp.ts'
import { NOTHING_YET } from '../operators/sources/push-source.ts'
import type { Reject, SourceBatch, Split, SplitPosition, SplitReader } from '../operators/sources/source.ts'
import type { GeneratedWatermark } from '../time/watermark-generator.ts'
import { until, type Waiting } from './waiting.ts'

const NOTHING: readonly never[] = []

/**
 * Where the job stands in one split: the batch at hand, the next record in it, and the batch after it, which is asked for as
 * soon as this one is there. Where it stands is said by the position before the batch, and how many of its records were taken:
 * reading again from there and skipping so many gives the same next record, however the source cuts its batches then. Behind
 * the last record of a batch it is the batch's own position.
 */
export class SplitCursor<T> {
  readonly split: Split
  /** By the order of discovery; of two splits equally far, the first is read. */
  readonly order: number
  /** As which input of the source's watermark. */
  readonly input: number
  maxTimestamp: number = MIN_WATERMARK
  /** Where a generator makes the watermark; set by the source. */
  generated: GeneratedWatermark<unknown> | undefined
  /** As which member of its source's alignment group, and since when it is held back, by the job's clock. */
  member = -1
  heldSince: number = MIN_WATERMARK
  isFinished = false
  isIdle = false
  lastActiveAt: number
  /** The head record's timestamp, and its place in the order of replay. */
  headTimestamp: number = MIN_WATERMARK
  headKey: number = MIN_WATERMARK
  /** The head stands in the order of replay by its timestamp, whatever the strategy thinks of it now. */
  believesHead: boolean
  /** The batch at hand and the next record in it; changed by the source that takes them, one at a time. */
  values: readonly T[] = NOTHING
  index = 0
  /** Records up to here can be taken without another look: then comes a reject, or the batch ends. */
  clearUntil = 0
  #recordsBeforeBatch: number
  #reader: SplitReader<T> | undefined
  #tellArrived: () => void = () => {}
  #batch: SourceBatch<T> | undefined
  #next: Promise<void> | undefined
  #nextBatch: SourceBatch<T> | undefined
  #hasNext = false
  #error: { readonly cause: unknown } | undefined
  #position: SplitPosition | undefined
  #rejectIndex = 0
  #skipRecords: number
  #skipRejects: number
  readonly #pushed: T[] = []

  constructor(split: Split, order: number, input: number, now: number, restored: SplitSnapshot | undefined) {
    this.split = split
    this.order = order
    this.input = input
    this.#position = restored?.position
    this.#skipRecords = restored?.skipRecords ?? 0
    this.#skipRejects = restored?.skipRejects ?? 0
    this.maxTimestamp = restored?.maxTimestamp ?? MIN_WATERMARK
    this.#recordsBeforeBatch = (restored?.records ?? 0) - this.#skipRecords
    this.isFinished = restored?.isFinished ?? false
    this.isIdle = restored?.isIdle ?? false
    this.believesHead = restored?.believesHead ?? false
    this.lastActiveAt = restored?.lastActiveAt ?? now
  }

  /** Records taken since the split's beginning. */
  get records(): number {
    return this.#recordsBeforeBatch + this.#skipRecords + this.index
  }

  get position(): SplitPosition | undefined {
    return this.#position
  }

  /** `arrived` is called when what had to be waited for is there, or has failed. */
  openWith(reader: SplitReader<T>, arrived: () => void = () => {}): void {
    this.#reader = reader
    this.#tellArrived = arrived
    if (this.#position === undefined) this.#position = reader.start
  }

  /**
   * Makes sure that there is a record or a reject to take, or that the split is finished. Returns what to wait for when the
   * source has to be waited for.
   *
   * @throws what the reader threw
   */
  fill(maxRecords: number): Promise<void> | undefined {
    if (this.index < this.clearUntil) return undefined
    while (!this.isFinished && !this.#hasRowAtHand()) {
      if (this.#error !== undefined) throw this.#error.cause
      if (this.#next !== undefined) return this.#next
      if (!this.#hasNext && !this.#ask(maxRecords)) return NOTHING_YET
      if (this.#hasNext) this.#take()
      // Ahead of need, where the source is one to be waited for.
      if (this.#next === undefined && !this.#hasNext && !this.isFinished && this.#isAsync) this.#ask(maxRecords)
    }
    return undefined
  }

  /** The reject that stands before the next record, if there is one. */
  nextReject(): Reject | undefined {
    if (this.index < this.clearUntil) return undefined
    const placed = this.#batch?.rejects?.[this.#rejectIndex]
    return placed !== undefined && placed.before <= this.index ? placed.reject : undefined
  }

  takeReject(): void {
    this.#rejectIndex += 1
    this.#look()
  }

  /** The next record. Only where `fill` has returned nothing, there is no reject and the split is not finished. */
  head(): T {
    return this.values[this.index] as T
  }

  /** Makes a pushed record the next one: a batch of it alone, which no reader gave. */
  push(value: T): void {
    this.#recordsBeforeBatch += this.index
    this.#pushed[0] = value
    this.values = this.#pushed
    this.index = 0
    this.clearUntil = 1
  }

  takeHead(): void {
    this.index += 1
  }

  snapshot(): SplitSnapshot {
    // Of a quiet split the next batch may never come: whoever commits positions outside has to see that it is read to its end.
    const usedUp = this.#hasRowAtHand() ? undefined : this.#batch
    return {
      position: usedUp === undefined ? this.#position : usedUp.position,
      skipRecords: usedUp === undefined ? this.#skipRecords + this.index : 0,
      skipRejects: usedUp === undefined ? this.#skipRejects + this.#rejectIndex : 0,
      maxTimestamp: this.maxTimestamp,
      ...(this.generated === undefined ? {} : { generated: this.generated.snapshot() }),
      records: this.records,
      isFinished: this.isFinished,
      isIdle: this.isIdle,
      lastActiveAt: this.lastActiveAt,
    }
  }

  *closing(): Waiting<void> {
    yield* until(this.#reader?.close?.())
  }

  #isAsync = false

  #hasRowAtHand(): boolean {
    const batch = this.#batch
    if (batch === undefined) return false
    return this.index < batch.values.length || this.#rejectIndex < (batch.rejects?.length ?? 0)
  }

  /** False where there is nothing, and nothing to wait for. */
  #ask(maxRecords: number): boolean {
    const read = (this.#reader as SplitReader<T>).read(maxRecords)
    if (read === NOTHING_YET) return false
    if (read instanceof Promise) {
      this.#isAsync = true
      this.#next = read.then(
        (batch) => {
          this.#arrived(batch)
          this.#tellArrived()
        },
        (cause: unknown) => {
          this.#next = undefined
          this.#error = { cause }
          this.#tellArrived()
        },
      )
    } else this.#arrived(read)
    return true
  }

  #arrived(batch: SourceBatch<T> | undefined): void {
    this.#next = undefined
    this.#nextBatch = batch
    this.#hasNext = true
  }

  #take(): void {
    const batch = this.#nextBatch
    this.#nextBatch = undefined
    this.#hasNext = false
    this.#recordsBeforeBatch += this.index
    if (this.#batch !== undefined) {
      // What was left to skip has been skipped when a batch was used up.
      this.#position = this.#batch.position
      this.#skipRecords = 0
      this.#skipRejects = 0
    }
    this.#batch = undefined
    this.values = NOTHING
    this.index = 0
    this.#rejectIndex = 0
    this.clearUntil = 0
    if (batch === undefined) {
      this.isFinished = true
      return
    }
    this.#skipInto(batch)
  }

  /** After a restore: passes over what the checkpoint had taken already. */
  #skipInto(batch: SourceBatch<T>): void {
    const rejects = batch.rejects?.length ?? 0
    const skipsAll = this.#skipRecords >= batch.values.length && this.#skipRejects >= rejects
    if (skipsAll) {
      this.#position = batch.position
      this.#skipRecords -= batch.values.length
      this.#recordsBeforeBatch += batch.values.length
      this.#skipRejects -= rejects
      return
    }
    this.#batch = batch
    this.index = this.#skipRecords
    this.#rejectIndex = this.#skipRejects
    this.#skipRecords = 0
    this.#skipRejects = 0
    this.values = batch.values
    this.#look()
  }

  #look(): void {
    const reject = this.#batch?.rejects?.[this.#rejectIndex]
    this.clearUntil = reject === undefined ? this.values.length : Math.min(reject.before, this.values.length)
  }
}
