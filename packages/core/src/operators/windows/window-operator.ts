import type { TimeWindow } from '../../elements/time-window.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import { MillraceError } from '../../errors.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { StateDescriptors } from '../../state/descriptors.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { OperatorStateOf } from '../../state/state.ts'
import type { FiredTimer, TimeDomain, TimerRegistry, TimerService } from '../../time/timer-service.ts'
import { declareStates, hasEventTimeTtl, operatorStatesOf } from '../basic/declared-states.ts'
import { FunctionLife } from '../basic/function-life.ts'
import type { Operator, OperatorContext, OperatorFactory, Place } from '../operator.ts'
import { checkTimestamp, type SliceScheme } from './assigners/slice-scheme.ts'
import type { TimestampedElement } from './evictors/evictor.ts'
import { findMerger } from './merging-window-set.ts'
import { isClockSliced, isSliced } from './plain-windows.ts'
import type { TriggerResult } from './triggers/trigger.ts'
import { cellOf, holdsNothing, insertCell, timersOf, type WindowCell } from './window-cell.ts'
import { CellFunctionContext, CellTriggerContext } from './window-contexts.ts'
import type { WindowProgram } from './window-program.ts'
import { WindowProgress } from './window-progress.ts'

/**
 * Windows of any kind, with any trigger, evictor and function: the general way, for what `sliceWindow` and `sessionWindow` do not do.
 *
 * ```
 *   record ─► assigner ─► its windows, each ─► late? ─► counted, late output
 *                                             └─► gathering: into what the window keeps
 *                                                 trigger ─► fire: evictor, function, results │ purge
 *   timer of a window ─► trigger ─► the same;  the window's time is over ─► freed
 * ```
 *
 * State: for each key a list of its windows, each with what it keeps, and its trigger's and function's states and timers. A window
 * is freed once the watermark of its key has reached `end - 1 + allowedLateness`, or the job's clock has gone past `end - 1`.
 *
 * A record is late for a window that is freed already by its key's watermark; for all of its windows, it is counted (metric `late`)
 * and goes to the late output; for some, it counts in the others (metric `partlyLate`). A record that its assigner puts in no window
 * is counted (metric `unassigned`).
 *
 * What is due at one time goes by key, then by the start of the window.
 */
export function windowOperator<In, Contents, Out>(program: WindowProgram<In, Contents, Out>): OperatorFactory<In, Out> {
  const { assigner, trigger, evictor, gathering, fn, lateOutput } = program
  const parts = [
    assigner.detail,
    trigger === assigner.defaultTrigger() ? undefined : `trigger ${trigger.name}`,
    evictor === undefined ? undefined : `evictor ${evictor.name}`,
    gathering.name,
  ]
  const detail = parts.filter((part) => part !== undefined).join('; ')
  const tags = [...(lateOutput === undefined ? [] : [lateOutput]), ...(fn?.sideOutputs ?? [])]
  return {
    kind: `${assigner.kind}-window`,
    keyed: true,
    usesTime: true,
    needsTimestamps: assigner.domain === 'event-time' || hasEventTimeTtl(fn?.globalState),
    detail,
    sideOutputs: tags.map((tag) => tag.id),
    create: () => new WindowOperator(program, `${assigner.kind} ${detail}`),
  }
}

// The windows of a key are of one state, which has panes; they all stand in this one.
const PANE = 0
const TIMER = 'windows'
// A name that no state of a window function's has.
const STATE = '(windows)'

class WindowOperator<In, Contents, Out> implements Operator<In, Out> {
  readonly #program: WindowProgram<In, Contents, Out>
  readonly #shape: string
  readonly #life: FunctionLife<OperatorStateOf<StateDescriptors>>

  // Set in `open`.
  #context!: OperatorContext<Out>
  #state!: KeyedStateBackend
  #place!: Place
  #windows!: Pane<WindowCell[]>
  #progress!: WindowProgress
  #triggerContext!: CellTriggerContext
  #functionContext!: CellFunctionContext<Out>
  #late!: Counter
  #partlyLate!: Counter
  #unassigned!: Counter
  #timers!: TimerService

  // Of the record at hand.
  /** What is due first of the key's windows may be another than its timers say; what the trigger moved it knows itself. */
  #isMoved = false
  /** How windows are shared, where the assigner says it. */
  readonly #slices: SliceScheme | undefined
  /** The slice of the record before, and its windows. */
  #assigned: readonly TimeWindow[] = []
  #sliceStart = Number.POSITIVE_INFINITY
  #sliceEnd = Number.POSITIVE_INFINITY

  constructor(program: WindowProgram<In, Contents, Out>, shape: string) {
    this.#program = program
    this.#shape = shape
    this.#life = new FunctionLife(program.fn ?? {})
    const { assigner } = program
    this.#slices = isSliced(assigner) || isClockSliced(assigner) ? assigner.slices : undefined
  }

  open(context: OperatorContext<Out>): void {
    const { trigger, fn } = this.#program
    this.#context = context
    this.#state = context.state
    this.#place = context.place
    this.#timers = context.timers
    this.#windows = context.state.panes<WindowCell[]>(STATE).getOrCreate(PANE)
    this.#progress = new WindowProgress(
      context.operatorState,
      context.operatorId,
      this.#shape,
      this.#program.latenessMs,
    )
    this.#triggerContext = new CellTriggerContext(context, trigger.state)
    const globalState = declareStates(context, fn?.globalState)
    this.#life.open(context, operatorStatesOf(fn?.globalState, globalState))
    this.#functionContext = new CellFunctionContext(context, fn?.windowState, globalState)
    this.#late = context.metrics.counter('late')
    this.#partlyLate = context.metrics.counter('partlyLate')
    this.#unassigned = context.metrics.counter('unassigned')
  }

  processRecord(value: In, timestamp: number): void {
    const { assigner, lateOutput } = this.#program
    const time = assigner.domain === 'event-time' ? checkTimestamp(timestamp) : this.#context.now()
    this.#place.step = this.#context.operatorId
    const windows = this.#assign(time, value)
    let missed = 0
    for (const { start, end } of windows) {
      if (!(start < end))
        throw new MillraceError('CORE_WINDOW_INVALID', `the assigner '${assigner.kind}' gave no window`)
      if (!this.#enter(start, end, value, timestamp)) missed += 1
    }
    if (missed === windows.length) {
      if (missed === 0) this.#unassigned.add(1)
      else {
        this.#late.add(1)
        if (lateOutput !== undefined) this.#context.output.emitTo(lateOutput, value, timestamp)
      }
      return
    }
    if (missed > 0) this.#partlyLate.add(1)
    // Most records move no timer, and a key may have many windows.
    if (this.#isMoved || this.#triggerContext.hasMoved) this.#settle()
  }

  onTimer(timer: FiredTimer): void {
    const { assigner, trigger } = this.#program
    const { domain } = timer
    const cells = this.#windows.accumulators[this.#state.currentSlot] ?? []
    const cell = this.#firstDue(cells, domain)
    const time = cell === undefined ? Number.POSITIVE_INFINITY : this.#dueTime(cell, domain)
    // One window a call, so that the host may stop between two; the next has a timer of its own.
    if (cell !== undefined && hostTime(time, domain) <= timer.time) {
      const timers = timersOf(cell, domain)
      if (timers[0] === time) {
        timers.shift()
        this.#place.step = this.#context.operatorId
        const ctx = this.#triggerContext.at(cell, time)
        const result =
          domain === 'event-time' ? trigger.onEventTime?.(time, ctx) : trigger.onProcessingTime?.(time, ctx)
        this.#act(cell, result ?? 'continue')
      }
      if (domain === assigner.domain && this.#freeTime(cell.end) === time) this.#free(cells, cell)
    }
    this.#settle()
  }

  prepareSnapshot(): void {
    this.#progress.save()
  }

  close(): void {
    this.#life.close()
  }

  /** The windows of a record; those of the record before, where both are of one slice. */
  #assign(time: number, value: In): readonly TimeWindow[] {
    if (time >= this.#sliceStart && time < this.#sliceEnd) return this.#assigned
    const windows = this.#program.assigner.assign(time, value)
    if (this.#slices !== undefined) {
      this.#assigned = windows
      this.#sliceStart = this.#slices.sliceStart(time)
      this.#sliceEnd = this.#slices.sliceEnd(this.#sliceStart)
    }
    return windows
  }

  /** A record comes into one of its windows; false where it is late for it. */
  #enter(start: number, end: number, value: In, timestamp: number): boolean {
    const { assigner, trigger, gathering } = this.#program
    const slot = this.#state.currentSlot
    const cells = (slot < 0 ? undefined : this.#windows.accumulators[slot]) ?? []
    let cell = assigner.isMerging ? this.#mergedCell(cells, start, end, timestamp) : cellOf(cells, start, end)
    if (cell === undefined) {
      if (this.#isLate(end)) return false
      cell = this.#newCell(start, end)
      insertCell(cells, cell)
      this.#isMoved = true
    }
    this.#windows.set(this.#state.ensureSlot(), cells)
    this.#place.step = this.#context.operatorId
    cell.contents = gathering.add(cell.contents ?? gathering.create(), value, timestamp)
    cell.lastTimestamp = timestamp
    this.#act(cell, trigger.onRecord(value, timestamp, this.#triggerContext.at(cell, timestamp)))
    return true
  }

  /** The window that a new one becomes part of, after those that it touches have become one; `undefined` where it touches none. */
  #mergedCell(cells: WindowCell[], start: number, end: number, timestamp: number): WindowCell | undefined {
    const { trigger, gathering } = this.#program
    const merger = findMerger(cells, start, end)
    const { from, to } = merger
    if (from === to) return undefined
    const first = cells[from] as WindowCell
    if (to - from === 1 && merger.start === first.start && merger.end === first.end) return first

    const merged = cells.slice(from, to)
    const cell = this.#newCell(merger.start, merger.end)
    for (const { contents } of merged) {
      if (cell.contents === undefined) cell.contents = contents
      else if (contents !== undefined) cell.contents = gathering.merge(cell.contents, contents)
    }
    cells.splice(from, to - from, cell)
    this.#isMoved = true
    this.#place.step = this.#context.operatorId
    trigger.onMerge?.(this.#triggerContext.atMerged(cell, timestamp, merged))
    return cell
  }

  #newCell(start: number, end: number): WindowCell {
    const { trigger, fn } = this.#program
    return {
      start,
      end,
      contents: undefined,
      lastTimestamp: NO_TIMESTAMP,
      eventTimers: [],
      processingTimers: [],
      triggerState: trigger.state === undefined ? undefined : {},
      functionState: fn?.windowState === undefined ? undefined : {},
    }
  }

  #act(cell: WindowCell, result: TriggerResult): void {
    if (result === 'fire' || result === 'fire-and-purge') this.#fire(cell)
    if (result === 'purge' || result === 'fire-and-purge') cell.contents = undefined
    else if (result !== 'fire' && result !== 'continue') {
      const { name } = this.#program.trigger
      throw new MillraceError('CORE_WINDOW_INVALID', `the trigger '${name}' gave ${typeof result}, which is no result`)
    }
    if (cell.contents === undefined && cell.end === Number.POSITIVE_INFINITY) this.#isMoved = true
  }

  #fire(cell: WindowCell): void {
    if (cell.contents === undefined) return
    const { evictor } = this.#program
    if (evictor === undefined) {
      this.#emit(cell)
      return
    }
    const ctx = {
      window: { start: cell.start, end: cell.end },
      currentWatermark: () => this.#context.currentWatermark(),
      now: () => this.#context.now(),
    }
    const place = this.#place
    place.step = this.#context.operatorId
    const elements = cell.contents as readonly TimestampedElement<In>[]
    if (evictor.evictBefore !== undefined) cell.contents = [...evictor.evictBefore(elements, ctx)]
    this.#emit(cell)
    place.step = this.#context.operatorId
    if (evictor.evictAfter !== undefined) {
      cell.contents = [...evictor.evictAfter(cell.contents as readonly TimestampedElement<In>[], ctx)]
    }
    if ((cell.contents as unknown[]).length === 0) cell.contents = undefined
  }

  #emit(cell: WindowCell): void {
    const { gathering, fn } = this.#program
    const { start, end } = cell
    this.#place.step = this.#context.operatorId
    const contents = gathering.contents(this.#state.currentKey, start, end, cell.contents)
    if (contents === undefined) return
    const timestamp = this.#resultTime(cell)
    if (fn === undefined) {
      this.#context.output.emit(contents as unknown as Out, timestamp)
      return
    }
    fn.process(contents, this.#functionContext.at(this.#state.currentKey, start, end, timestamp, cell.functionState))
    this.#functionContext.emitter.rethrow()
  }

  #free(cells: WindowCell[], cell: WindowCell): void {
    const { fn } = this.#program
    if (fn?.clear !== undefined) {
      this.#place.step = this.#context.operatorId
      const { start, end, functionState } = cell
      fn.clear(this.#functionContext.at(this.#state.currentKey, start, end, this.#resultTime(cell), functionState))
      this.#functionContext.emitter.rethrow()
    }
    cells.splice(cells.indexOf(cell), 1)
  }

  /** Marks the key's windows as changed, and sets its timers to what is due first in each domain. */
  #settle(): void {
    this.#isMoved = false
    this.#triggerContext.hasMoved = false
    const slot = this.#state.currentSlot
    const cells = this.#windows.accumulators[slot]
    if (cells === undefined) return
    // No time frees a window without an end: it goes when nothing of it is left, and is made anew by the next record.
    for (let at = cells.length - 1; at >= 0; at--) {
      const cell = cells[at] as WindowCell
      if (cell.end === Number.POSITIVE_INFINITY && holdsNothing(cell)) cells.splice(at, 1)
    }
    if (cells.length === 0) this.#windows.delete(slot)
    else this.#windows.mark(slot)
    this.#setTimer(cells, 'event-time', this.#timers.eventTime)
    this.#setTimer(cells, 'processing-time', this.#timers.processingTime)
  }

  #setTimer(cells: readonly WindowCell[], domain: TimeDomain, timers: TimerRegistry): void {
    let due = Number.POSITIVE_INFINITY
    for (const cell of cells) due = Math.min(due, this.#dueTime(cell, domain))
    if (due === Number.POSITIVE_INFINITY) timers.cancel(TIMER)
    else timers.replace(TIMER, hostTime(due, domain))
  }

  #firstDue(cells: readonly WindowCell[], domain: TimeDomain): WindowCell | undefined {
    let first: WindowCell | undefined
    let due = Number.POSITIVE_INFINITY
    for (const cell of cells) {
      const time = this.#dueTime(cell, domain)
      if (time >= due) continue
      first = cell
      due = time
    }
    return first
  }

  /** When the trigger is to be called, or the window freed; infinite where neither. */
  #dueTime(cell: WindowCell, domain: TimeDomain): number {
    const [time = Number.POSITIVE_INFINITY] = timersOf(cell, domain)
    return domain === this.#program.assigner.domain ? Math.min(time, this.#freeTime(cell.end)) : time
  }

  #freeTime(end: number): number {
    return end - 1 + this.#program.latenessMs
  }

  #isLate(end: number): boolean {
    return this.#program.assigner.domain === 'event-time' && this.#freeTime(end) <= this.#context.currentWatermark()
  }

  #resultTime({ end, lastTimestamp }: WindowCell): number {
    return Number.isFinite(end) ? end - 1 : lastTimestamp
  }
}

/**
 * When the host's timer is to fire. The job's clock has to go past the time, as in Flink: at `end - 1` a record may still come, and
 * the window has to wait for it.
 */
function hostTime(time: number, domain: TimeDomain): number {
  return domain === 'event-time' ? time : time + 1
}
