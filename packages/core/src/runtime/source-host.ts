import type { SourceSnapshot, SplitSnapshot } from '../checkpoint/checkpoint.ts'
import { MAX_WATERMARK, MIN_WATERMARK, NO_TIMESTAMP } from '../elements/timestamp.ts'
import { MillraceError } from '../errors.ts'
import { REJECTED_TAG, type SourceNode } from '../graph/stream-graph.ts'
import { MetricGroup } from '../metrics/metric-group.ts'
import type { Counter } from '../metrics/operator-metrics.ts'
import type { Place } from '../operators/operator.ts'
import { NOTHING_YET } from '../operators/sources/push-source.ts'
import type { Reject, SourceReader, Split, SplitEnumerator } from '../operators/sources/source.ts'
import type { AlignmentGroup } from '../time/alignment-group.ts'
import { believedUpTo } from '../time/believed-up-to.ts'
import type { JobClock } from '../time/clock.ts'
import { WatermarkCombiner } from '../time/watermark-combiner.ts'
import { GeneratedWatermark, type WatermarkGenerator } from '../time/watermark-generator.ts'
import type { WatermarkTarget } from './operator-host.ts'
import { outsideFailure } from './outside-failure.ts'
import { StepOutput } from './receiver.ts'
import { SplitCursor } from './split-cursor.ts'
import { type OpenedSplit, SplitDiscovery } from './split-discovery.ts'
import { until, type Waiting } from './waiting.ts'

/** What a source shares with the task that reads it. */
export interface SourceEnvironment {
  readonly place: Place
  readonly clock: JobClock
  readonly signal: AbortSignal
  readonly batchSize: number
  /** Moves the job's clock in a replay and fires what is due. False: stopped early, the record is not to be taken yet. */
  advanceClock(time: number): boolean
  shouldPause(): boolean
  /** Whether a step was not done with its watermark: no record may enter then. */
  hasUnfinished(): boolean
  /** The splits of this name, of all sources, that are to keep near to each other; `undefined` in a replay. */
  alignmentGroup(name: string): AlignmentGroup | undefined
  /** There is something to look at. */
  wake(): void
  failed(error: unknown): void
}

/** What a turn of a source came to: rows were taken, one has to be waited for, it was to pause, or all is read. */
export type SourceTurn = 'taken' | 'wait' | 'paused' | 'finished'

/**
 * Reads one source: its splits side by side, a watermark each.
 *
 * Of bounded splits the one whose next record is first in time is read next, record by record (by receive time where the
 * strategy knows it, else by event time): the order depends on the data alone, never on batches or on whose I/O is ready. Live
 * splits are read as they come.
 */
export class SourceHost {
  readonly operatorId: string
  readonly kind: string
  readonly isBounded: boolean
  readonly output: StepOutput
  readonly counters: MetricGroup = new MetricGroup()
  readonly #node: SourceNode
  readonly #environment: SourceEnvironment
  readonly #restored: SourceSnapshot | undefined
  readonly #rejected: Counter
  readonly #future: Counter
  readonly #recordsOfPastSplits: Counter
  readonly #combiner = new WatermarkCombiner(0)
  readonly #cursors: SplitCursor<unknown>[] = []
  /** Of a bounded source: splits with a head, as a binary heap by (headKey, order). Of a live one: those with rows. */
  readonly #ready: SplitCursor<unknown>[] = []
  /** Splits with a row that are too far ahead of their group. */
  readonly #held = new Set<SplitCursor<unknown>>()
  /** Splits of a source without end that have ended, each with the look for splits that has to be done before time goes on past it. */
  readonly #ending = new Map<SplitCursor<unknown>, number>()
  /** Splits whose next row is not known yet. */
  readonly #waiting = new Set<SplitCursor<unknown>>()
  /** One of those may have a row now: a few busy splits among many silent ones would ask them all for each record. */
  #hasArrivals = true
  /** A split has no promise to wait for: it has to be asked each time. */
  #hasPolled = false
  #enumerator: SplitEnumerator | undefined
  #reader: SourceReader<unknown> | undefined
  #discovery: SplitDiscovery | undefined
  #targets: readonly WatermarkTarget[] = []
  #watermark = MIN_WATERMARK
  #isIdle = false
  #idleDueNotBefore = Number.POSITIVE_INFINITY
  #current: SplitCursor<unknown> | undefined
  #hasEnded = false
  #openSplits = 0
  // The strategy's settings, at hand for each record.
  readonly hasTimestamps: boolean
  readonly #outOfOrdernessMs: number
  readonly #maxFutureMs: number | undefined
  readonly #idleAfterMs: number | undefined
  readonly #generator: WatermarkGenerator<unknown, unknown> | undefined
  readonly #group: AlignmentGroup | undefined
  readonly #maxDriftMs: number

  constructor(node: SourceNode, environment: SourceEnvironment, restored: SourceSnapshot | undefined) {
    const { watermarks } = node
    this.hasTimestamps = watermarks?.timestampOf !== undefined
    this.#outOfOrdernessMs = watermarks?.outOfOrdernessMs ?? 0
    this.#maxFutureMs = watermarks?.maxFutureMs
    this.#idleAfterMs = watermarks?.idleAfterMs
    this.#generator = watermarks?.generator
    const alignment = watermarks?.alignment
    this.#group = alignment === undefined ? undefined : environment.alignmentGroup(alignment.group)
    this.#maxDriftMs = alignment?.maxDriftMs ?? 0
    this.operatorId = node.id
    this.kind = node.kind
    this.isBounded = node.source.bounded
    this.#node = node
    this.#environment = environment
    this.#restored = restored
    this.output = new StepOutput(this.counters.counter('unreadSideOutputs'))
    this.#rejected = this.counters.counter('rejected')
    this.#future = this.counters.counter('futureTimestamps')
    this.#recordsOfPastSplits = this.counters.counter('recordsOfPastSplits')
    if (restored !== undefined) this.counters.restore(restored.counters)
  }

  forwardTo(targets: readonly WatermarkTarget[]): void {
    this.#targets = targets
  }

  *opening(): Waiting<void> {
    const { source } = this.#node
    const context = {
      operatorId: this.operatorId,
      signal: this.#environment.signal,
      restored: this.#restored !== undefined,
      metrics: this.counters,
      ...(this.#restored === undefined ? {} : { restoredSplits: restoredSplits(this.#restored) }),
    }
    try {
      this.#enumerator = source.createEnumerator(context)
      this.#reader = source.createReader(context)
      this.#discovery = new SplitDiscovery(
        this.#enumerator,
        this.#reader,
        (split) => this.#savedOf(split),
        (id) => this.#hasFinished(id),
      )
      for (const opened of yield* this.#discovery.first()) this.#join(opened)
      if (this.isBounded && this.#discovery.hasHeldBack) {
        // It is not looked at again: they would be left out in silence.
        const what = `source '${this.operatorId}' ends, and has splits that come after others: give it all at once`
        throw new MillraceError('CORE_JOB_INVALID', what)
      }
      for (const [id, saved] of Object.entries(this.#restored?.splits ?? {})) {
        if (this.#cursors.some((cursor) => cursor.split.id === id)) continue
        if (!this.isBounded && saved.isFinished) {
          this.#recordsOfPastSplits.add(saved.records)
          continue
        }
        throw new MillraceError(
          'CORE_CHECKPOINT_MISMATCH',
          `source '${this.operatorId}' no longer has its split '${id}'`,
        )
      }
    } catch (cause) {
      throw this.#failure(cause, 'could not start')
    }
    this.output.recordsOut = this.records
    if (!this.isBounded) this.#discovery.schedule()
  }

  /** When `discover` has to be called next, by `performance.now()`. */
  get discoveryDue(): number {
    return this.#discovery?.dueAt ?? Number.POSITIVE_INFINITY
  }

  /** Looks for new splits, in the background. They take part once they are open, from the next step of the task on. */
  discover(): void {
    this.#discovery?.look(
      () => this.#environment.wake(),
      (cause) => this.#environment.failed(this.#failure(cause, 'failed to find or open a new split')),
    )
  }

  /** Says again what was said before the checkpoint: the watermark and who is idle. */
  resumeWatermarks(): void {
    const combined = this.#restored?.watermark
    for (const cursor of this.#cursors) {
      const watermark = cursor.isFinished ? MAX_WATERMARK : this.#watermarkOf(cursor)
      if (combined === undefined) {
        this.#advance(cursor, watermark)
        if (cursor.isIdle) this.#setIdle(cursor)
        continue
      }
      this.#combiner.restore(cursor.input, watermark, cursor.isIdle)
      if (cursor.member < 0) continue
      this.#group?.advance(cursor.member, watermark)
      if (cursor.isIdle) this.#group?.leave(cursor.member)
    }
    if (combined !== undefined) {
      this.#combiner.restoreCombined(combined)
      this.#forward(combined)
      this.#checkAllIdle()
    }
    if (this.isBounded && this.#cursors.length === 0) this.#forward(MAX_WATERMARK)
  }

  get watermark(): number {
    return this.#watermark
  }

  get records(): number {
    return this.#cursors.reduce((sum, cursor) => sum + cursor.records, this.#recordsOfPastSplits.value)
  }

  /** Where the first of the heads stands in the order of replay, once all are known; `undefined` while one has to be waited for. */
  get nextKey(): number | undefined {
    return this.#waiting.size > 0 ? undefined : this.#ready[0]?.headKey
  }

  get isFinished(): boolean {
    return this.isBounded && this.#openSplits === 0
  }

  /** Split and record at hand, for errors. */
  whereabouts(): string {
    const cursor = this.#current
    return cursor === undefined
      ? ''
      : `source '${this.operatorId}', split '${cursor.split.id}', record ${cursor.records + 1}`
  }

  /**
   * Looks for the next row of every split that has none at hand. True when there is something to take, or nothing ever again.
   * For a bounded source all splits have to be known: which comes first is not a matter of luck.
   */
  prepare(): boolean {
    if (this.#discovery?.hasOpened === true) this.#joinOpened(this.#discovery)
    if (this.#ending.size > 0) this.#endThose(this.#discovery?.done ?? 0)
    if (this.#waiting.size > 0 && this.#hasArrivals) {
      this.#hasArrivals = this.#hasPolled
      for (const cursor of this.#waiting) this.#find(cursor)
    }
    if (this.#held.size > 0) this.#release()
    if (this.isBounded) return this.#waiting.size === 0 && (this.#ready.length > 0 || this.#held.size === 0)
    return this.#ready.length > 0
  }

  /** Whether the others have caught up with a split that was held back. */
  get canRelease(): boolean {
    for (const { member } of this.#held) if (!this.#group?.isAhead(member, this.#maxDriftMs)) return true
    return false
  }

  /** What to wait for when `prepare` says that there is nothing yet. */
  wait(): Promise<unknown> {
    const waits = [...this.#waiting].map((cursor) => this.#fill(cursor) ?? Promise.resolve())
    // What is held waits for other splits, not for the source.
    if (waits.length === 0 && this.#held.size > 0) return NEVER
    // A bounded source needs them all, but has to hear of the first failure as well.
    return this.isBounded ? Promise.all(waits) : Promise.race(waits)
  }

  /**
   * Takes rows in the order of replay, or of a live source as they are there; one only, or until something says stop. After
   * 'taken' the task looks at what is unfinished, and at its other sources.
   */
  take(onlyOne: boolean): SourceTurn {
    const { clock } = this.#environment
    const followsData = clock.isReplay && this.hasTimestamps
    do {
      if (this.#environment.shouldPause()) return 'paused'
      if (this.#waiting.size > 0 && !this.prepare()) return 'wait'
      if (this.#held.size > 0) this.#release()
      const cursor = this.#ready[0]
      if (cursor === undefined) return this.isBounded && this.#held.size === 0 ? 'finished' : 'wait'
      if (this.#group?.isAhead(cursor.member, this.#maxDriftMs)) {
        this.#hold(cursor)
        continue
      }
      this.#current = cursor
      if (this.#ready.length === 1 && !onlyOne && this.#group === undefined && cursor.index < cursor.clearUntil) {
        if (!this.#takeStraight(cursor, followsData)) return this.#environment.hasUnfinished() ? 'taken' : 'paused'
        continue
      }
      if (followsData && cursor.headKey > clock.now() && !this.#environment.advanceClock(cursor.headKey))
        return 'paused'
      if (this.#idleAfterMs !== undefined) this.#touch(cursor, this.#idleAfterMs)
      const reject = cursor.nextReject()
      if (reject === undefined) this.#takeRecord(cursor)
      else this.#takeReject(cursor, reject)
      if (this.isBounded) this.#refillBounded(cursor)
      else this.#refillLive(cursor)
    } while (!onlyOne && !this.#environment.hasUnfinished())
    return 'taken'
  }

  /** Takes a record that is pushed, as the next one of the only split: no batch is made of it. For a job that is driven by pushes. */
  takePushed(value: unknown): void {
    const cursor = this.#cursors[0] as SplitCursor<unknown>
    this.#current = cursor
    cursor.push(value)
    this.#readHead(cursor)
    if (this.#idleAfterMs !== undefined) this.#touch(cursor, this.#idleAfterMs)
    this.#takeRecord(cursor)
  }

  /**
   * Takes the rows of the only split that has any, up to the next reject or the end of its batch: there is no order to find.
   * False where something said stop. (Measured on a chain of six steps: 1.5 times the records a second.)
   */
  #takeStraight(cursor: SplitCursor<unknown>, followsData: boolean): boolean {
    const { values, clearUntil } = cursor
    const { clock } = this.#environment
    if (!this.hasTimestamps) {
      while (cursor.index < clearUntil) {
        this.output.emit(values[cursor.index], NO_TIMESTAMP)
        cursor.index += 1
        if (this.#environment.shouldPause()) break
      }
    } else {
      for (;;) {
        if (followsData && cursor.headKey > clock.now() && !this.#environment.advanceClock(cursor.headKey)) return false
        if (this.#idleAfterMs !== undefined) this.#touch(cursor, this.#idleAfterMs)
        this.#takeRecord(cursor)
        if (cursor.index === clearUntil) break
        this.#readHead(cursor)
        if (this.#environment.hasUnfinished() || this.#environment.shouldPause()) return false
      }
    }
    if (cursor.index < clearUntil) return false
    if (this.isBounded) this.#refillBounded(cursor)
    else this.#refillLive(cursor)
    return !this.#environment.hasUnfinished()
  }

  /** Marks the splits idle that have given nothing for as long as the strategy says. */
  checkIdle(): void {
    const idleAfter = this.#idleAfterMs
    if (idleAfter === undefined) return
    const { clock } = this.#environment
    const now = clock.now()
    if (!clock.isReplay) this.prepare()
    this.#idleDueNotBefore = Number.POSITIVE_INFINITY
    for (const cursor of this.#cursors) {
      if (cursor.isIdle || cursor.isFinished) continue
      // Live: one that has a row is not silent, it is us who have not taken it, for a slow sink or a group that it is ahead of.
      const hasRow = !clock.isReplay && !this.#waiting.has(cursor)
      if (cursor.lastActiveAt === MIN_WATERMARK || hasRow) cursor.lastActiveAt = now
      const due = cursor.lastActiveAt + idleAfter
      if (now >= due) this.#setIdle(cursor)
      else this.#idleDueNotBefore = Math.min(this.#idleDueNotBefore, due)
    }
  }

  /** When `checkIdle` has to be called next. */
  get idleDueNotBefore(): number {
    return this.#idleDueNotBefore
  }

  snapshot(): SourceSnapshot {
    return {
      splits: Object.fromEntries(this.#cursors.map((cursor) => [cursor.split.id, this.#splitSnapshot(cursor)])),
      counters: this.counters.values(),
      watermark: this.#combiner.combined,
    }
  }

  /** A record that was read before the clock had begun keeps its place, however far ahead of the clock it turns out to be. */
  #splitSnapshot(cursor: SplitCursor<unknown>): SplitSnapshot {
    const hasHead = !cursor.isFinished && !this.#waiting.has(cursor) && cursor.nextReject() === undefined
    const isBelieved = hasHead && cursor.headKey === cursor.headTimestamp && this.#isFuture(cursor.headTimestamp)
    return { ...cursor.snapshot(), ...(isBelieved || cursor.believesHead ? { believesHead: true } : {}) }
  }

  async checkpointComplete(snapshot: SourceSnapshot): Promise<void> {
    const positions = new Map(Object.entries(snapshot.splits).map(([id, split]) => [id, split.position]))
    try {
      await this.#reader?.checkpointComplete?.(positions)
    } catch (cause) {
      throw this.#failure(cause, 'could not acknowledge a checkpoint')
    }
  }

  *closing(): Waiting<void> {
    if (this.#discovery !== undefined) yield* this.#discovery.closing()
    for (const cursor of this.#cursors) yield* cursor.closing()
    yield* until(this.#reader?.close?.())
    yield* until(this.#enumerator?.close?.())
  }

  #savedOf(split: Split): SplitSnapshot | undefined {
    const saved = this.#restored?.splits[split.id]
    // What cannot be read again is not there to be skipped either: what comes now is new.
    return saved === undefined || this.#node.source.replayable ? saved : { ...saved, skipRecords: 0, skipRejects: 0 }
  }

  /** From here on the split is read, holds the watermark and stands in checkpoints. */
  #join({ split, saved, reader }: OpenedSplit): void {
    const now = this.#environment.clock.now()
    const cursor = new SplitCursor<unknown>(split, this.#cursors.length, this.#combiner.addInput(), now, saved)
    this.#cursors.push(cursor)
    if (this.#generator !== undefined) cursor.generated = new GeneratedWatermark(this.#generator, saved?.generated)
    if (reader === undefined) return
    if (this.#group !== undefined) cursor.member = this.#group.add()
    this.#openSplits += 1
    cursor.openWith(reader, () => {
      this.#hasArrivals = true
    })
    this.#waiting.add(cursor)
    this.#hasArrivals = true
    const idleAfter = this.#idleAfterMs
    if (idleAfter !== undefined)
      this.#idleDueNotBefore = Math.min(this.#idleDueNotBefore, cursor.lastActiveAt + idleAfter)
  }

  /** Splits that have come while the job runs: a source that was idle is not any more. */
  #joinOpened(discovery: SplitDiscovery): void {
    for (const opened of discovery.takeOpened()) {
      this.#join(opened)
      if (opened.reader !== undefined) this.#setActive()
    }
  }

  #find(cursor: SplitCursor<unknown>): void {
    this.#current = cursor
    if (this.#fill(cursor) !== undefined) return
    this.#waiting.delete(cursor)
    if (cursor.isFinished) {
      this.#finish(cursor)
      return
    }
    this.#readHead(cursor)
    this.#ready.push(cursor)
    if (this.isBounded) this.#siftUp(this.#ready.length - 1)
  }

  #fill(cursor: SplitCursor<unknown>): Promise<void> | undefined {
    try {
      const next = cursor.fill(this.#environment.batchSize)
      if (next === NOTHING_YET) {
        this.#hasPolled = true
        this.#hasArrivals = true
      }
      return next
    } catch (cause) {
      throw this.#failure(cause, `failed to read split '${cursor.split.id}'`)
    }
  }

  /** Of a source without end others may come after it: until it is known which, it goes on holding the watermark. */
  #finish(cursor: SplitCursor<unknown>): void {
    this.#openSplits -= 1
    this.#group?.leave(cursor.member)
    if (this.isBounded || this.#discovery === undefined) this.#end(cursor)
    else this.#ending.set(cursor, this.#discovery.lookSoon())
  }

  #endThose(looksDone: number): void {
    for (const [cursor, look] of this.#ending) {
      if (looksDone < look) continue
      this.#ending.delete(cursor)
      this.#end(cursor)
    }
  }

  /** From here on it holds nothing. */
  #end(cursor: SplitCursor<unknown>): void {
    cursor.isIdle = false
    this.#combiner.setActive(cursor.input)
    this.#advance(cursor, MAX_WATERMARK)
    this.#checkAllIdle()
  }

  #hasFinished(id: string): boolean {
    const cursor = this.#cursors.find(({ split }) => split.id === id)
    return cursor?.isFinished ?? this.#restored?.splits[id]?.isFinished ?? false
  }

  /** Reads the head's time, which decides when it is its turn. */
  #readHead(cursor: SplitCursor<unknown>): void {
    const strategy = this.#node.watermarks
    if (strategy?.timestampOf === undefined) {
      // No times: the splits take turns.
      cursor.headTimestamp = NO_TIMESTAMP
      cursor.headKey = cursor.records
      return
    }
    if (cursor.nextReject() !== undefined) {
      // A row without a time comes where its split stands.
      cursor.headKey = MIN_WATERMARK
      return
    }
    this.#environment.place.step = this.operatorId
    const value = cursor.head()
    const timestamp = strategy.timestampOf(value)
    if (!Number.isFinite(timestamp)) {
      throw new MillraceError('CORE_TIMESTAMP_INVALID', `a record has no finite timestamp: ${this.whereabouts()}`)
    }
    cursor.headTimestamp = timestamp
    if (strategy.receivedAtOf !== undefined) {
      const receivedAt = strategy.receivedAtOf(value)
      if (!Number.isFinite(receivedAt)) {
        throw new MillraceError('CORE_TIMESTAMP_INVALID', `a record has no finite receive time: ${this.whereabouts()}`)
      }
      cursor.headKey = receivedAt
    } else cursor.headKey = this.#isFuture(timestamp) && !cursor.believesHead ? MIN_WATERMARK : timestamp
    cursor.believesHead = false
  }

  /** True for a timestamp further ahead of the job's clock than the strategy believes. */
  #isFuture(timestamp: number): boolean {
    return this.#maxFutureMs !== undefined && timestamp > this.#believedUpTo()
  }

  #believedUpTo(): number {
    return believedUpTo(this.#maxFutureMs, this.#environment.clock.now())
  }

  #takeRecord(cursor: SplitCursor<unknown>): void {
    const value = cursor.head()
    const timestamp = cursor.headTimestamp
    this.output.emit(value, timestamp)
    if (cursor.generated !== undefined) {
      this.#generate(cursor, cursor.generated, value, timestamp)
      return
    }
    cursor.takeHead()
    if (timestamp <= cursor.maxTimestamp || timestamp === NO_TIMESTAMP) return
    if (this.#isFuture(timestamp)) {
      this.#future.add(1)
      return
    }
    cursor.maxTimestamp = timestamp
    this.#advance(cursor, this.#watermarkOf(cursor))
  }

  #generate(
    cursor: SplitCursor<unknown>,
    generated: GeneratedWatermark<unknown>,
    value: unknown,
    timestamp: number,
  ): void {
    if (this.#isFuture(timestamp)) this.#future.add(1)
    else if (timestamp !== NO_TIMESTAMP) {
      this.#environment.place.step = this.operatorId
      generated.onRecord(value, timestamp, this.#believedUpTo())
    }
    cursor.takeHead()
    this.#advance(cursor, generated.watermark)
  }

  #takeReject(cursor: SplitCursor<unknown>, reject: Reject): void {
    if (this.#node.onReject === 'fail') {
      throw new MillraceError(
        'CORE_RECORD_REJECTED',
        `source '${this.operatorId}', split '${reject.split}', ${reject.position}: ${reject.reason} (${reject.code})`,
      )
    }
    this.#rejected.add(1)
    this.counters.counter(`rejected.${reject.code}`).add(1)
    if (this.#node.onReject === 'side-output') this.output.emitTo({ id: REJECTED_TAG }, reject, NO_TIMESTAMP)
    cursor.takeReject()
  }

  #touch(cursor: SplitCursor<unknown>, idleAfter: number): void {
    const now = this.#environment.clock.now()
    cursor.lastActiveAt = now
    this.#idleDueNotBefore = Math.min(this.#idleDueNotBefore, now + idleAfter)
    if (!cursor.isIdle) return
    cursor.isIdle = false
    this.#group?.rejoin(cursor.member)
    this.#combiner.setActive(cursor.input)
    this.#setActive()
  }

  #setActive(): void {
    if (!this.#isIdle) return
    this.#isIdle = false
    for (const { host, input } of this.#targets) host.setActive(input)
  }

  #setIdle(cursor: SplitCursor<unknown>): void {
    cursor.isIdle = true
    this.#group?.leave(cursor.member)
    this.#forward(this.#combiner.setIdle(cursor.input))
    this.#checkAllIdle()
  }

  #checkAllIdle(): void {
    if (!this.#combiner.isIdle || this.#isIdle) return
    this.#isIdle = true
    for (const { host, input } of this.#targets) host.setIdle(input)
  }

  #watermarkOf(cursor: SplitCursor<unknown>): number {
    if (cursor.generated !== undefined) return cursor.generated.watermark
    return cursor.maxTimestamp === MIN_WATERMARK ? MIN_WATERMARK : cursor.maxTimestamp - this.#outOfOrdernessMs - 1
  }

  #advance(cursor: SplitCursor<unknown>, watermark: number): void {
    if (cursor.member >= 0) this.#group?.advance(cursor.member, watermark)
    this.#forward(this.#combiner.advance(cursor.input, watermark))
  }

  #forward(watermark: number): void {
    if (watermark <= this.#watermark || this.#hasEnded) return
    this.#watermark = watermark
    this.#hasEnded = watermark === MAX_WATERMARK
    for (const { host, input } of this.#targets) host.advanceWatermark(input, watermark)
  }

  /** Takes the first of those that are ready out: its split is too far ahead of the group. */
  #hold(cursor: SplitCursor<unknown>): void {
    if (this.isBounded) this.#popReady()
    else this.#ready.shift()
    this.#held.add(cursor)
    cursor.heldSince = this.#environment.clock.now()
    this.counters.counter('alignmentPauses').add(1)
  }

  /** Lets those go on that the others have caught up with. */
  #release(): void {
    const now = this.#environment.clock.now()
    for (const cursor of this.#held) {
      if (this.#group?.isAhead(cursor.member, this.#maxDriftMs)) continue
      this.#held.delete(cursor)
      this.counters.counter('alignmentPausedMs').add(now - cursor.heldSince)
      this.#ready.push(cursor)
      if (this.isBounded) this.#siftUp(this.#ready.length - 1)
    }
  }

  #popReady(): void {
    const first = this.#ready[0]
    const last = this.#ready.pop() as SplitCursor<unknown>
    if (last === first) return
    this.#ready[0] = last
    this.#siftDown()
  }

  #refillBounded(cursor: SplitCursor<unknown>): void {
    const next = this.#fill(cursor)
    if (next === undefined && !cursor.isFinished) {
      this.#readHead(cursor)
      this.#siftDown()
      return
    }
    this.#popReady()
    if (cursor.isFinished) this.#finish(cursor)
    else this.#waiting.add(cursor)
  }

  #refillLive(cursor: SplitCursor<unknown>): void {
    const next = this.#fill(cursor)
    if (next === undefined && !cursor.isFinished) {
      this.#readHead(cursor)
      // The rows at hand of this split first; then it goes to the end of the queue.
      if (cursor.records % this.#environment.batchSize === 0 && this.#ready.length > 1) {
        this.#ready.shift()
        this.#ready.push(cursor)
      }
      return
    }
    this.#ready.shift()
    if (cursor.isFinished) this.#finish(cursor)
    else this.#waiting.add(cursor)
  }

  #siftUp(from: number): void {
    const heap = this.#ready
    const cursor = heap[from] as SplitCursor<unknown>
    let at = from
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt] as SplitCursor<unknown>
      if (!comesBefore(cursor, parent)) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = cursor
  }

  #siftDown(): void {
    const heap = this.#ready
    const length = heap.length
    if (length < 2) return
    const cursor = heap[0] as SplitCursor<unknown>
    let at = 0
    for (;;) {
      let childAt = 2 * at + 1
      if (childAt >= length) break
      if (
        childAt + 1 < length &&
        comesBefore(heap[childAt + 1] as SplitCursor<unknown>, heap[childAt] as SplitCursor<unknown>)
      ) {
        childAt += 1
      }
      const child = heap[childAt] as SplitCursor<unknown>
      if (!comesBefore(child, cursor)) break
      heap[at] = child
      at = childAt
    }
    heap[at] = cursor
  }

  #failure(cause: unknown, what: string): MillraceError {
    return outsideFailure('CORE_SOURCE_FAILED', `source '${this.operatorId}' (${this.kind}) ${what}`, cause)
  }
}

const NEVER: Promise<never> = new Promise(() => {})

function restoredSplits({ splits }: SourceSnapshot): { id: string; isFinished: boolean }[] {
  return Object.entries(splits).map(([id, { isFinished }]) => ({ id, isFinished }))
}

function comesBefore(a: SplitCursor<unknown>, b: SplitCursor<unknown>): boolean {
  return a.headKey !== b.headKey ? a.headKey < b.headKey : a.order < b.order
}
