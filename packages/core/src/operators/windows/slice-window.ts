import type { Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend, Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { Operator, OperatorContext, OperatorFactory, Place } from '../operator.ts'
import { checkTimestamp, type SlicedWindows, type SliceScheme } from './assigners/slice-scheme.ts'
import { allowedLatenessMs, type LateOptions } from './late-records.ts'
import { type KeepSlices, keepAggregates } from './slice-keeping.ts'
import type { SliceMerger } from './slice-merger.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'
import { WindowProgress } from './window-progress.ts'
import { type WindowResult, windowAggregate } from './window-results.ts'

/**
 * Aggregates windows that share slices, tumbling, sliding or cumulative, for each key: `{ key, window, ...results }` with timestamp `end - 1`, once
 * the watermark has reached that. Of windows that are due at one watermark the earliest end comes first, in it the
 * smallest key. A key without a record in a window has no result for it.
 *
 * A record enters one slice (see `SliceScheme`); a window merges its slices. State: an accumulator for each key and slice,
 * freed once the watermark passes `end - 1 + allowedLateness` of the last window that holds the slice.
 *
 * A record that is late for all of its windows is counted (metric `late`) and goes to the late output, if there is one; one
 * that is late for some of them counts in the others (metric `partlyLate`). A late record within the allowed lateness
 * fires its windows again, at once, the earliest first.
 *
 * @throws CORE_AGGREGATE_INVALID, CORE_WINDOW_INVALID
 */
export function sliceWindow<In, K extends Key, A extends Aggregates<In>>(
  windows: SlicedWindows,
  aggregates: A,
  options: LateOptions<In> = {},
): OperatorFactory<In, WindowResult<K, A>> {
  const aggregate = windowAggregate<In, A>(aggregates)
  return sliceOperator(windows, aggregate.name, keepAggregates<In, K, A>(windows.slices, aggregate), options)
}

/**
 * The same, for whatever is kept of a slice.
 *
 * @param name of what is made of the records, for `explain()` and for what a checkpoint is compared with.
 */
export function sliceOperator<In, Out>(
  windows: SlicedWindows,
  name: string,
  keep: KeepSlices<In, Out>,
  options: LateOptions<In>,
): OperatorFactory<In, Out> {
  const latenessMs = allowedLatenessMs(options.allowedLateness)
  const detail = `${windows.detail}; ${name}`
  return {
    kind: `${windows.kind}-window`,
    keyed: true,
    usesTime: true,
    detail,
    sideOutputs: options.lateOutput === undefined ? [] : [options.lateOutput.id],
    create: () => new SliceWindow(windows.slices, keep, latenessMs, options, `${windows.kind} ${detail}`),
  }
}

/** A window whose results are being emitted. */
interface Firing {
  readonly end: number
  readonly slots: readonly number[]
  /** Slots that have had their result before a snapshot that we were restored from. */
  readonly done: Pane<true> | undefined
  next: number
  /** How many of `slots` stand in the state as done. */
  saved: number
}

class SliceWindow<In, Out> implements Operator<In, Out> {
  readonly #scheme: SliceScheme
  readonly #keep: KeepSlices<In, Out>
  readonly #latenessMs: number
  readonly #options: LateOptions<In>
  readonly #shape: string

  // Set in `open`.
  #context!: OperatorContext<Out>
  #state!: KeyedStateBackend
  #place!: Place
  #operatorId!: string
  #panes!: SlicePanes<In, Out>
  /** By the end of a window that was being emitted at a snapshot: the keys that were done. */
  #done!: PaneTable<true>
  #progress!: WindowProgress
  #late!: Counter
  #partlyLate!: Counter

  // Caches, made again in `open`.
  #merger!: SliceMerger<In, Out>
  /** The starts of all slices that have a pane, ascending. */
  #slices: number[] = []
  /** Windows that end here or before have fired, and their slices were given to the merger. */
  #firedEnd = Number.NEGATIVE_INFINITY
  /** No window fires and no slice is freed by a watermark before this. */
  #due = Number.NEGATIVE_INFINITY
  #firing: Firing | undefined
  /** The slice of the last record, while none of its windows has fired. */
  #pane: SlicePane<In, Out> | undefined
  #paneStart = 0
  #paneEnd = 0

  constructor(
    scheme: SliceScheme,
    keep: KeepSlices<In, Out>,
    latenessMs: number,
    options: LateOptions<In>,
    shape: string,
  ) {
    this.#scheme = scheme
    this.#keep = keep
    this.#latenessMs = latenessMs
    this.#options = options
    this.#shape = shape
  }

  open(context: OperatorContext<Out>): void {
    const { state } = context
    this.#context = context
    this.#state = state
    this.#place = context.place
    this.#operatorId = context.operatorId
    // First: it says what differs where the state is that of other windows or aggregates.
    this.#progress = new WindowProgress(context.operatorState, context.operatorId, this.#shape, this.#latenessMs)
    const { panes, merger } = this.#keep(state)
    this.#panes = panes
    this.#merger = merger
    this.#done = state.panes('fired')
    this.#late = context.metrics.counter('late')
    this.#partlyLate = context.metrics.counter('partlyLate')
    this.#slices = panes.starts()
    this.#firedEnd = this.#scheme.lastPassedEnd(this.#progress.watermark)
    // No window has fired yet, or none is left.
    if (!Number.isFinite(this.#firedEnd)) return
    merger.open(this.#firedEnd, this.#slices.slice(0, this.#firstSliceFrom(this.#firedEnd)))
    merger.close(this.#firedEnd)
  }

  processRecord(value: In, timestamp: number): void {
    const pane = this.#pane
    if (pane === undefined || !(timestamp >= this.#paneStart && timestamp < this.#paneEnd)) {
      this.#enterSlice(value, timestamp)
      return
    }
    const slot = this.#state.ensureSlot()
    this.#place.step = this.#operatorId
    pane.add(slot, value, timestamp)
  }

  advanceWatermark(watermark: number): number {
    const progress = this.#progress
    if (watermark < this.#due) {
      if (watermark > progress.watermark) progress.watermark = watermark
      return watermark
    }
    this.#pane = undefined
    this.#due = Number.NEGATIVE_INFINITY
    for (let isFirst = true; ; isFirst = false) {
      const end = this.#nextEnd()
      if (end === Number.POSITIVE_INFINITY || end - 1 > watermark) break
      if ((!isFirst && this.#context.shouldPause()) || !this.#fire(end)) {
        progress.watermark = Math.max(progress.watermark, end - 2)
        return progress.watermark
      }
    }
    progress.watermark = Math.max(progress.watermark, watermark)
    this.#firedEnd = Math.max(this.#firedEnd, this.#scheme.lastPassedEnd(watermark))
    this.#free(watermark)
    this.#due = this.#nextDue()
    return watermark
  }

  prepareSnapshot(): void {
    this.#progress.save()
    const firing = this.#firing
    if (firing === undefined) return
    const done = this.#done.getOrCreate(firing.end)
    for (; firing.saved < firing.next; firing.saved++) done.set(firing.slots[firing.saved] as number, true)
  }

  /** A record of another slice than the last one, or a late one. */
  #enterSlice(value: In, timestamp: number): void {
    const scheme = this.#scheme
    const start = scheme.sliceStart(checkTimestamp(timestamp))
    const firstEnd = scheme.firstWindowEnd(start)
    if (firstEnd - 1 <= this.#progress.watermark) {
      this.#takeLate(value, timestamp, start)
      return
    }
    const slot = this.#state.ensureSlot()
    this.#place.step = this.#operatorId
    this.#pane = this.#panes.get(start) ?? this.#newPane(start)
    this.#pane.add(slot, value, timestamp)
    this.#paneStart = start
    this.#paneEnd = scheme.sliceEnd(start)
    this.#due = Math.min(this.#due, firstEnd - 1)
  }

  /** A record of which at least one window has fired. */
  #takeLate(value: In, timestamp: number, start: number): void {
    const scheme = this.#scheme
    const { watermark } = this.#progress
    const lastEnd = scheme.lastWindowEnd(start)
    if (lastEnd - 1 + this.#latenessMs <= watermark) {
      this.#late.add(1)
      if (this.#options.lateOutput !== undefined)
        this.#context.output.emitTo(this.#options.lateOutput, value, timestamp)
      return
    }
    const slot = this.#state.ensureSlot()
    this.#place.step = this.#operatorId
    if (this.#panes.get(start) === undefined) this.#newPane(start)
    this.#firedEnd = Math.max(this.#firedEnd, scheme.lastPassedEnd(watermark))
    this.#merger.addLate(start, slot, value, timestamp, lastEnd > this.#firedEnd)
    this.#due = Number.NEGATIVE_INFINITY
    const firstEnd = scheme.firstWindowEnd(start)
    const goneEnd = scheme.lastPassedEnd(watermark - this.#latenessMs)
    const firstKeptEnd = goneEnd < firstEnd ? firstEnd : scheme.nextWindowEnd(goneEnd)
    if (firstKeptEnd > firstEnd) this.#partlyLate.add(1)
    this.#fireAgain(slot, firstKeptEnd, Math.min(lastEnd, this.#firedEnd))
  }

  /** Emits a key's windows from one end to another anew, from their slices. */
  #fireAgain(slot: number, firstEnd: number, lastEnd: number): void {
    const scheme = this.#scheme
    const from = this.#firstSliceFrom(scheme.windowStart(firstEnd))
    const resultOf = this.#merger.again(slot, this.#slices.slice(from, this.#firstSliceFrom(lastEnd)))
    const key = this.#state.keyOfSlot(slot)
    for (let end = firstEnd; end <= lastEnd; end = scheme.nextWindowEnd(end)) {
      this.#place.step = this.#operatorId
      const result = resultOf(key, scheme.windowStart(end), end)
      if (result !== undefined) this.#context.output.emit(result, end - 1)
    }
  }

  /** Emits the results of a window, of all keys; false where it stopped before the last. */
  #fire(end: number): boolean {
    this.#place.step = this.#operatorId
    this.#firing ??= {
      end,
      slots: this.#merger.open(
        end,
        this.#slices.slice(this.#firstSliceFrom(this.#firedEnd), this.#firstSliceFrom(end)),
      ),
      done: this.#done.get(end),
      next: 0,
      saved: 0,
    }
    const firing = this.#firing
    const { slots, done } = firing
    while (firing.next < slots.length) {
      const slot = slots[firing.next] as number
      firing.next += 1
      if (done?.accumulators[slot] !== undefined) continue
      this.#emit(slot, end)
      if (firing.next < slots.length && this.#context.shouldPause()) return false
    }
    this.#firing = undefined
    this.#done.remove(end)
    this.#place.step = this.#operatorId
    this.#merger.close(end)
    this.#firedEnd = end
    this.#free(end - 1)
    return true
  }

  #emit(slot: number, end: number): void {
    this.#place.step = this.#operatorId
    const key = this.#state.keyOfSlot(slot)
    const result = this.#merger.resultOf(slot, key, this.#scheme.windowStart(end), end)
    if (result !== undefined) this.#context.output.emit(result, end - 1)
  }

  /** The end of the earliest window that has not fired and may hold a record; infinite where there is none. */
  #nextEnd(): number {
    if (this.#firing !== undefined) return this.#firing.end
    if (this.#merger.hasMore) return this.#scheme.nextWindowEnd(this.#firedEnd)
    const next = this.#slices[this.#firstSliceFrom(this.#firedEnd)]
    return next === undefined ? Number.POSITIVE_INFINITY : this.#scheme.firstWindowEnd(next)
  }

  #nextDue(): number {
    const [oldest] = this.#slices
    if (oldest === undefined) return Number.POSITIVE_INFINITY
    return Math.min(this.#nextEnd() - 1, this.#scheme.lastWindowEnd(oldest) - 1 + this.#latenessMs)
  }

  /** Frees slices that no window needs any more, also not to fire again. */
  #free(watermark: number): void {
    const slices = this.#slices
    let freed = 0
    while (
      freed < slices.length &&
      this.#scheme.lastWindowEnd(slices[freed] as number) - 1 + this.#latenessMs <= watermark
    ) {
      this.#panes.remove(slices[freed] as number)
      freed += 1
    }
    if (freed > 0) slices.splice(0, freed)
  }

  #newPane(start: number): SlicePane<In, Out> {
    this.#slices.splice(this.#firstSliceFrom(start), 0, start)
    return this.#panes.getOrCreate(start)
  }

  /** The index of the first slice that starts at `time` or later. */
  #firstSliceFrom(time: number): number {
    const slices = this.#slices
    let low = 0
    let high = slices.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((slices[middle] as number) < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
