import { BinaryHeap } from '../../collections/binary-heap.ts'
import { compareKeys, type Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { CombinedAccumulator, CombinedAggregate } from '../../functions/aggregates/combine-aggregates.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { Operator, OperatorContext, OperatorFactory, Place } from '../operator.ts'
import type { SessionWindows } from './assigners/event-time-session-windows.ts'
import { checkTimestamp } from './assigners/slice-scheme.ts'
import { allowedLatenessMs, type LateOptions } from './late-records.ts'
import { WindowProgress } from './window-progress.ts'
import { type MakeResult, resultMaker, type WindowResult, windowAggregate } from './window-results.ts'

/**
 * Aggregates sessions of each key: `{ key, window, ...results }` with timestamp `end - 1`, once the watermark has reached
 * that. Of sessions that are due at one watermark the earliest end comes first, then the earliest start, then the smallest key.
 *
 * ```
 *   gap 5      a           b    c
 *   windows    [a----)     [b----)            [start, end)
 *                               [c----)       b and c overlap: one session
 *                    [x----)                  x comes later and touches both: all are one session
 * ```
 *
 * State: a list of open sessions for each key, each with one accumulator, freed once the watermark passes
 * `end - 1 + allowedLateness`.
 *
 * A late record that merges with a session that is still kept belongs to it, whatever its own time; where the merged session
 * has ended by the watermark it fires again at once, else when it ends. A late record alone is counted (metric `late`) and goes
 * to the late output, if there is one.
 *
 * @throws CORE_AGGREGATE_INVALID, CORE_WINDOW_INVALID
 */
export function sessionWindow<In, K extends Key, A extends Aggregates<In>>(
  windows: SessionWindows,
  aggregates: A,
  options: LateOptions<In> = {},
): OperatorFactory<In, WindowResult<K, A>> {
  const aggregate = windowAggregate<In, A>(aggregates)
  const makeResult = resultMaker<In, K, A>(aggregate)
  const latenessMs = allowedLatenessMs(options.allowedLateness)
  const detail = `gap ${windows.gapMs} ms; ${aggregate.name}`
  return {
    kind: 'session-window',
    keyed: true,
    usesTime: true,
    detail,
    sideOutputs: options.lateOutput === undefined ? [] : [options.lateOutput.id],
    create: () =>
      new SessionWindow<In, K, A>(windows.gapMs, aggregate, makeResult, latenessMs, options, `session ${detail}`),
  }
}

/** In the state, in lists by key: ascending, and more than a gap apart. Records that hold them together may be anywhere. */
interface Session {
  start: number
  end: number
  hasFired: boolean
  accumulator: CombinedAccumulator
}

/** One for each session, found by the time at which something is to be done: to fire it, or to free it. */
interface Due {
  /** Never later than it should be: sessions grow, and this is mended when it comes up. */
  time: number
  readonly slot: number
  readonly session: Session
}

// Sessions are of one state, which has panes; they all stand in this one.
const PANE = 0

class SessionWindow<In, K extends Key, A extends Aggregates<In>> implements Operator<In, WindowResult<K, A>> {
  readonly #gapMs: number
  readonly #aggregate: CombinedAggregate<In, A>
  readonly #makeResult: MakeResult<K, A>
  readonly #latenessMs: number
  readonly #options: LateOptions<In>
  readonly #shape: string

  // Set in `open`.
  #context!: OperatorContext<WindowResult<K, A>>
  #state!: KeyedStateBackend
  #place!: Place
  #operatorId!: string
  #sessions!: Pane<Session[]>
  #progress!: WindowProgress
  #late!: Counter

  // Caches, made again in `open`.
  readonly #dues = new BinaryHeap<Due>((a, b) => a.time - b.time)
  /** Sessions of one end that are being emitted, the last one first. */
  #firing: Due[] = []

  constructor(
    gapMs: number,
    aggregate: CombinedAggregate<In, A>,
    makeResult: MakeResult<K, A>,
    latenessMs: number,
    options: LateOptions<In>,
    shape: string,
  ) {
    this.#gapMs = gapMs
    this.#aggregate = aggregate
    this.#makeResult = makeResult
    this.#latenessMs = latenessMs
    this.#options = options
    this.#shape = shape
  }

  open(context: OperatorContext<WindowResult<K, A>>): void {
    this.#context = context
    this.#state = context.state
    this.#place = context.place
    this.#operatorId = context.operatorId
    this.#sessions = this.#state.panes<Session[]>('sessions').getOrCreate(PANE)
    this.#progress = new WindowProgress(context.operatorState, context.operatorId, this.#shape, this.#latenessMs)
    this.#late = context.metrics.counter('late')
    for (const slot of this.#sessions.slotsByKey()) {
      for (const session of this.#sessions.accumulators[slot] as Session[]) this.#schedule(slot, session)
    }
  }

  processRecord(value: In, timestamp: number): void {
    const slot = this.#state.currentSlot
    const sessions = slot < 0 ? undefined : this.#sessions.accumulators[slot]
    if (sessions !== undefined) {
      const newest = sessions[sessions.length - 1] as Session
      if (!newest.hasFired && timestamp >= newest.start && timestamp <= newest.end) {
        if (timestamp + this.#gapMs > newest.end) newest.end = checkTimestamp(timestamp) + this.#gapMs
        this.#place.step = this.#operatorId
        this.#aggregate.add(newest.accumulator, value, timestamp)
        this.#sessions.mark(slot)
        return
      }
    }
    this.#merge(sessions ?? [], value, timestamp)
  }

  advanceWatermark(watermark: number): number {
    const progress = this.#progress
    for (let isFirst = true; this.#collectFiring(watermark); isFirst = false) {
      const due = this.#firing.at(-1) as Due
      if (!isFirst && this.#context.shouldPause()) {
        progress.watermark = Math.max(progress.watermark, due.time - 1)
        return progress.watermark
      }
      this.#firing.pop()
      this.#fire(due)
    }
    progress.watermark = Math.max(progress.watermark, watermark)
    return watermark
  }

  prepareSnapshot(): void {
    this.#progress.save()
  }

  /** A record that is not simply in the newest session: finds the sessions that its window makes one, or begins one. */
  #merge(sessions: Session[], value: In, timestamp: number): void {
    let start = checkTimestamp(timestamp)
    let end = start + this.#gapMs
    const { watermark } = this.#progress
    // Of sessions ascending and apart, those that overlap or touch stand side by side: [from, to).
    let to = sessions.length
    while (to > 0 && (sessions[to - 1] as Session).start > end) to -= 1
    let from = to
    while (from > 0 && (sessions[from - 1] as Session).end >= start) from -= 1

    if (from === to && end - 1 + this.#latenessMs <= watermark) {
      this.#late.add(1)
      if (this.#options.lateOutput !== undefined)
        this.#context.output.emitTo(this.#options.lateOutput, value, timestamp)
      return
    }
    let accumulator = this.#aggregate.create()
    let kept: Session | undefined
    for (let i = from; i < to; i++) {
      const session = sessions[i] as Session
      if (i === from) accumulator = session.accumulator
      else accumulator = this.#aggregate.merge(accumulator, session.accumulator)
      start = Math.min(start, session.start)
      end = Math.max(end, session.end)
      kept ??= session
    }
    this.#place.step = this.#operatorId
    accumulator = this.#aggregate.add(accumulator, value, timestamp)

    const slot = this.#state.ensureSlot()
    const hasFired = end - 1 <= watermark
    // One that had fired is to fire again when it ends: what is due comes earlier than the freeing it waits for.
    if (kept === undefined || (kept.hasFired && !hasFired)) {
      kept = { start, end, hasFired, accumulator }
      this.#schedule(slot, kept)
    } else {
      kept.start = start
      kept.end = end
      kept.accumulator = accumulator
    }
    sessions.splice(from, to - from, kept)
    this.#sessions.set(slot, sessions)
    if (hasFired) this.#emit(slot, kept)
  }

  /** Brings the sessions to emit next into `#firing`, if there are any by this watermark; frees what is due before. */
  #collectFiring(watermark: number): boolean {
    while (this.#firing.length === 0) {
      const first = this.#dues.peek()
      if (first === undefined || first.time > watermark) return false
      const { time } = first
      for (let due = this.#dues.peek(); due !== undefined && due.time === time; due = this.#dues.peek()) {
        this.#dues.pop()
        this.#settle(due)
      }
      // From the end, which is taken first.
      this.#firing.sort(
        (a, b) =>
          b.session.start - a.session.start ||
          compareKeys(this.#state.keyOfSlot(b.slot), this.#state.keyOfSlot(a.slot)),
      )
    }
    return true
  }

  #settle(due: Due): void {
    const { slot, session } = due
    // It went into another one, and that has an entry of its own.
    if (this.#sessions.accumulators[slot]?.includes(session) !== true) return
    const time = this.#dueTime(session)
    if (time > due.time) {
      due.time = time
      this.#dues.push(due)
    } else if (session.hasFired) this.#free(slot, session)
    else this.#firing.push(due)
  }

  #fire(due: Due): void {
    const { slot, session } = due
    this.#emit(slot, session)
    if (this.#latenessMs === 0) {
      this.#free(slot, session)
      return
    }
    session.hasFired = true
    this.#sessions.mark(slot)
    this.#schedule(slot, session)
  }

  #free(slot: number, session: Session): void {
    const sessions = this.#sessions.accumulators[slot] as Session[]
    sessions.splice(sessions.indexOf(session), 1)
    if (sessions.length === 0) this.#sessions.delete(slot)
    else this.#sessions.mark(slot)
  }

  #schedule(slot: number, session: Session): void {
    this.#dues.push({ time: this.#dueTime(session), slot, session })
  }

  #dueTime(session: Session): number {
    return session.end - 1 + (session.hasFired ? this.#latenessMs : 0)
  }

  #emit(slot: number, session: Session): void {
    this.#place.step = this.#operatorId
    const key = this.#state.keyOfSlot(slot)
    const { start, end, accumulator } = session
    this.#context.output.emit(this.#makeResult(key, start, end, accumulator), end - 1)
  }
}
