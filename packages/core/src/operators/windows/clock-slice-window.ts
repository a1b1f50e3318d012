import type { OutputTag } from '../../elements/output-tag.ts'
import type { KeyedStateBackend, Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { FiredTimer, TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { clockTime } from './assigners/clock-time.ts'
import type { ClockSlicedWindows } from './assigners/processing-time-windows.ts'
import { checkTimestamp, type SliceScheme } from './assigners/slice-scheme.ts'
import type { Gathering } from './gathering.ts'
import { SLICES } from './slice-keeping.ts'
import type { SliceQueue } from './slice-queue.ts'
import { WindowProgress } from './window-progress.ts'

/**
 * Windows that share slices, by the job's clock: what `sliceWindow` is for event time.
 *
 * ```
 *   record ─► the slice of what the clock shows; a key that is new in it sets a timer for the slice's first window
 *   timer of a key ─► the result of the window that ends now; the next window's timer, while that holds something
 * ```
 *
 * A record enters one slice, and a key's slices are merged as `sliceQueues` says: its cost does not grow with size / slide. A key that has a
 * record in a window costs a timer and a result for it. So a window's results come one by one, in the order of the keys, and how far
 * each key has come is in its timers: the state may be snapshot, and shared out anew, between any two.
 *
 * State: an accumulator for each key and slice, freed with the last window that holds it. Nothing is late.
 */
export function clockSliceWindow<In, Acc, Out>(
  windows: ClockSlicedWindows,
  gathering: Gathering<In, Acc, Out>,
  makeQueue: () => SliceQueue<Acc>,
  lateOutput: OutputTag<In> | undefined,
): OperatorFactory<In, Out> {
  const detail = `${windows.detail}; ${gathering.name}`
  return {
    kind: `${windows.kind}-window`,
    keyed: true,
    usesTime: true,
    detail,
    sideOutputs: lateOutput === undefined ? [] : [lateOutput.id],
    create: () => new ClockSliceWindow(windows.slices, gathering, makeQueue, `${windows.kind} ${detail}`),
  }
}

const TIMER = 'windows'

/** One key's slices in its next window, where windows overlap. */
interface Held<Acc> {
  readonly queue: SliceQueue<Acc>
  /** Slices that start before this are in the queue. */
  end: number
}

class ClockSliceWindow<In, Acc, Out> implements Operator<In, Out> {
  readonly #scheme: SliceScheme
  readonly #gathering: Gathering<In, Acc, Out>
  readonly #makeQueue: () => SliceQueue<Acc>
  readonly #shape: string

  // Set in `open`.
  #context!: OperatorContext<Out>
  #state!: KeyedStateBackend
  #timers!: TimerRegistry
  #table!: PaneTable<Acc>
  #progress!: WindowProgress

  // Caches.
  /** By slot, while the key's next window holds a slice that one before it held. */
  readonly #held: (Held<Acc> | undefined)[] = []
  /** The slice of the last record. */
  #pane: Pane<Acc> | undefined
  #paneStart = 0
  #paneEnd = 0
  #firstEnd = 0

  constructor(
    scheme: SliceScheme,
    gathering: Gathering<In, Acc, Out>,
    makeQueue: () => SliceQueue<Acc>,
    shape: string,
  ) {
    this.#scheme = scheme
    this.#gathering = gathering
    this.#makeQueue = makeQueue
    this.#shape = shape
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#state = context.state
    this.#timers = context.timers.processingTime
    this.#progress = new WindowProgress(context.operatorState, context.operatorId, this.#shape)
    this.#table = context.state.panes<Acc>(SLICES)
    // What all windows have; here they stay at none.
    context.metrics.counter('late')
    context.metrics.counter('partlyLate')
  }

  processRecord(value: In, timestamp: number): void {
    const now = this.#context.now()
    const pane =
      this.#pane !== undefined && now >= this.#paneStart && now < this.#paneEnd ? this.#pane : this.#enter(now)
    const slot = this.#state.ensureSlot()
    this.#context.place.step = this.#context.operatorId
    const accumulator = pane.accumulators[slot]
    pane.set(slot, this.#gathering.add(accumulator ?? this.#gathering.create(), value, timestamp))
    // Most often the key has this timer already, from the window before: it is one timer then.
    if (accumulator === undefined) this.#timers.register(this.#firstEnd, TIMER)
  }

  onTimer({ time: end }: FiredTimer): void {
    const scheme = this.#scheme
    const { currentSlot: slot, currentKey: key } = this.#state
    const start = scheme.windowStart(end)
    const nextEnd = scheme.nextWindowEnd(end)
    this.#context.place.step = this.#context.operatorId
    const accumulator = scheme.isOneSliceEach
      ? this.#table.get(start)?.accumulators[slot]
      : this.#merged(slot, start, end)
    const result = accumulator === undefined ? undefined : this.#gathering.contents(key, start, end, accumulator)
    this.#leave(slot, start, scheme.windowStart(nextEnd), nextEnd)
    if (result !== undefined) this.#context.output.emit(result, end - 1)
  }

  prepareSnapshot(): void {
    this.#progress.save()
  }

  /** A record of another slice than the last one. */
  #enter(now: number): Pane<Acc> {
    const start = this.#scheme.sliceStart(checkTimestamp(clockTime(now)))
    const pane = this.#table.getOrCreate(start)
    this.#pane = pane
    this.#paneStart = start
    this.#paneEnd = this.#scheme.sliceEnd(start)
    this.#firstEnd = this.#scheme.firstWindowEnd(start)
    return pane
  }

  /** What a key's window comes to. A key's windows come one after the other, as long as they hold something. */
  #merged(slot: number, start: number, end: number): Acc | undefined {
    // By growing one by one the array stays a dense one.
    while (this.#held.length <= slot) this.#held.push(undefined)
    const held = this.#held[slot] ?? { queue: this.#makeQueue(), end: start }
    this.#held[slot] = held
    for (; held.end < end; held.end = this.#scheme.sliceEnd(held.end)) {
      const accumulator = this.#table.get(held.end)?.accumulators[slot]
      if (accumulator !== undefined) held.queue.push(held.end, accumulator)
    }
    return held.queue.value()
  }

  /** A key's window is done: lets go of the slices that start before `oldest`, which the next window does not hold. */
  #leave(slot: number, start: number, oldest: number, nextEnd: number): void {
    const held = this.#held[slot]
    held?.queue.evictBefore(oldest)
    if (held?.queue.isEmpty === true) this.#held[slot] = undefined
    else if (held !== undefined) this.#timers.register(nextEnd, TIMER)
    for (let slice = start; slice < oldest; slice = this.#scheme.sliceEnd(slice)) {
      const pane = this.#table.get(slice)
      if (pane === undefined) continue
      pane.delete(slot)
      if (pane.size > 0) continue
      this.#table.remove(slice)
      if (pane === this.#pane) this.#pane = undefined
    }
  }
}
