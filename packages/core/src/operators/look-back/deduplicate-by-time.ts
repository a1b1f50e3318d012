import { BinaryHeap } from '../../collections/binary-heap.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { MapState, ValueState } from '../../state/state.ts'
import type { FiredTimer, TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import type { DeduplicatePlan } from './deduplicate-plan.ts'
import { compareRows, type Row } from './row.ts'

/** In the state: a period whose start the watermark has reached. Times are whole ms. */
interface Period<In> {
  readonly start: number
  /** The last so far, where the last is kept. */
  readonly last?: Row<In>
}

/** A key's rows ahead of the watermark, as a cache of its state. */
interface Waiting<In> {
  nextSeq: number
  readonly rows: BinaryHeap<Row<In>>
}

// The only timer of a key: at the end of its open period, else at the earliest row that waits.
const TIMER = ''

/** The first or the last of a key by event time. See `deduplicateOperator`. */
export class DeduplicateByTime<In> implements Operator<In, In> {
  readonly #plan: DeduplicatePlan<In>
  readonly #withinMs: number

  // Set in `open`.
  #context!: OperatorContext<In>
  #backend!: KeyedStateBackend
  #timers!: TimerRegistry
  #rows!: MapState<number, Row<In>>
  #period!: ValueState<Period<In>>
  #duplicates!: Counter
  #late!: Counter

  /** A cache, by slot. */
  readonly #keys: (Waiting<In> | undefined)[] = []

  constructor(plan: DeduplicatePlan<In>) {
    this.#plan = plan
    this.#withinMs = plan.withinMs ?? Number.POSITIVE_INFINITY
  }

  open(context: OperatorContext<In>): void {
    checkShape(context, this.#plan.detail)
    this.#context = context
    this.#backend = context.state
    this.#timers = context.timers.eventTime
    this.#rows = context.state.map('rows', { kind: 'map' })
    this.#period = context.state.value('period', { kind: 'value' })
    this.#duplicates = context.metrics.counter('duplicates')
    this.#late = context.metrics.counter('late')
  }

  processRecord(value: In, timestamp: number): void {
    const time = Math.floor(checkTimestamp(timestamp))
    const period = this.#period.get()
    if (period !== undefined && time >= period.start && time < period.start + this.#withinMs) {
      this.#takeIntoPeriod(period, value, timestamp)
      return
    }
    if (time <= this.#context.currentWatermark()) {
      this.#late.add(1)
      if (this.#plan.lateOutput !== undefined) this.#context.output.emitTo(this.#plan.lateOutput, value, timestamp)
      return
    }
    this.#wait(value, timestamp, period === undefined)
  }

  onTimer({ time }: FiredTimer): void {
    let period = this.#period.get()
    if (period !== undefined && this.#lastTime(period) <= time) {
      if (period.last !== undefined) this.#context.output.emit(period.last.value, this.#lastTime(period))
      this.#period.clear()
      period = undefined
    }
    const waiting = this.#waiting()
    const earliest = waiting.rows.peek()
    if (earliest === undefined) {
      this.#keys[this.#backend.currentSlot] = undefined
      return
    }
    if (period !== undefined || Math.floor(earliest.timestamp) > time) {
      this.#timers.replace(TIMER, Math.floor(earliest.timestamp))
      return
    }
    this.#begin(waiting)
  }

  /** The earliest of the rows that wait begins a period; those within it belong to it. */
  #begin({ rows }: Waiting<In>): void {
    const first = rows.pop() as Row<In>
    this.#rows.remove(first.seq)
    const start = Math.floor(first.timestamp)
    if (this.#plan.keepsFirst) this.#context.output.emit(first.value, first.timestamp)
    let last = first
    for (let row = rows.peek(); row !== undefined && row.timestamp < start + this.#withinMs; row = rows.peek()) {
      rows.pop()
      this.#rows.remove(row.seq)
      this.#drop(this.#plan.keepsFirst ? row : last)
      last = row
    }
    this.#period.set(this.#plan.keepsFirst ? { start } : { start, last })
    if (this.#withinMs < Number.POSITIVE_INFINITY) this.#timers.replace(TIMER, start + this.#withinMs - 1)
    if (rows.size === 0) this.#keys[this.#backend.currentSlot] = undefined
  }

  #takeIntoPeriod({ start, last }: Period<In>, value: In, timestamp: number): void {
    const row: Row<In> = { seq: 0, timestamp, value }
    if (last === undefined || timestamp < last.timestamp) {
      this.#drop(row)
      return
    }
    this.#drop(last)
    this.#period.set({ start, last: row })
  }

  #wait(value: In, timestamp: number, isNext: boolean): void {
    const waiting = this.#waiting()
    const row: Row<In> = { seq: waiting.nextSeq, timestamp, value }
    waiting.nextSeq += 1
    const earliest = waiting.rows.peek()
    if (this.#withinMs === Number.POSITIVE_INFINITY && earliest !== undefined) {
      // All are duplicates of the earliest: one waits.
      if (timestamp >= earliest.timestamp) {
        this.#drop(row)
        return
      }
      waiting.rows.pop()
      this.#rows.remove(earliest.seq)
      this.#drop(earliest)
    }
    this.#rows.put(row.seq, row)
    waiting.rows.push(row)
    if (isNext && (earliest === undefined || timestamp < earliest.timestamp)) {
      this.#timers.replace(TIMER, Math.floor(timestamp))
    }
  }

  /** The last ms of a period: when the watermark has reached it, no more can come. */
  #lastTime({ start }: Period<In>): number {
    return start + this.#withinMs - 1
  }

  #drop({ value, timestamp }: Row<In>): void {
    this.#duplicates.add(1)
    if (this.#plan.duplicateOutput !== undefined) {
      this.#context.output.emitTo(this.#plan.duplicateOutput, value, timestamp)
    }
  }

  #waiting(): Waiting<In> {
    const slot = this.#backend.ensureSlot()
    let waiting = this.#keys[slot]
    if (waiting === undefined) {
      waiting = { nextSeq: 0, rows: new BinaryHeap<Row<In>>(compareRows) }
      for (const row of this.#rows.values()) {
        waiting.rows.push(row)
        waiting.nextSeq = Math.max(waiting.nextSeq, row.seq + 1)
      }
      this.#keys[slot] = waiting
    }
    return waiting
  }
}
