import { BinaryHeap } from '../../collections/binary-heap.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { ValueState } from '../../state/state.ts'
import type { FiredTimer, TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import {
  BoundedFrame,
  type EverythingPane,
  everythingPane,
  hasToBeSwept,
  nextSeq,
  type OverFrame,
  type OverState,
  overState,
  rowsInOrder,
  UnboundedFrame,
} from './over-frame.ts'
import { compareRows, type Row } from './row.ts'

/** A key's rows, as a cache of its state. */
interface KeyRows<In, Out> {
  nextSeq: number
  readonly waiting: BinaryHeap<Row<In>>
  readonly frame: OverFrame<In, Out>
  /** When no record can look back to the frame's rows any more; infinite where there is none, or no time bounds it. */
  freeAt: number
  /** When the timer of the key is due; infinite without one. */
  dueAt: number
}

// The only timer of a key: at the earliest row that waits, or before that where the frame can be freed.
const TIMER = ''

/** Look-back in event time. See `overOperator`. */
export class OverEventTime<In, Out> implements Operator<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>
  readonly #lateOutput: OutputTag<In> | undefined
  readonly #isBounded: boolean

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #timers!: TimerRegistry
  #state!: OverState<In>
  /** The time of the last rows that have had their results: rows up to it are looked back over, later ones wait. */
  #released!: ValueState<number>
  #everything!: EverythingPane
  #late!: Counter

  /** A cache, by slot. */
  readonly #keys: (KeyRows<In, Out> | undefined)[] = []
  readonly #peers: Row<In>[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>, lateOutput: OutputTag<In> | undefined) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.#lateOutput = lateOutput
    this.#isBounded = Number.isFinite(plan.rangeMs) || Number.isFinite(plan.rowLimit)
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, `${this.#plan.detail}${this.#isBounded ? '' : `; ${this.#aggregate.name}`}`)
    this.#context = context
    this.#backend = context.state
    this.#timers = context.timers.eventTime
    this.#state = overState(context.state)
    this.#released = context.state.value('released', { kind: 'value' })
    this.#everything = everythingPane(context.state)
    this.#late = context.metrics.counter('late')
  }

  processRecord(value: In, timestamp: number): void {
    if (checkTimestamp(timestamp) <= this.#context.currentWatermark()) {
      this.#late.add(1)
      if (this.#lateOutput !== undefined) this.#context.output.emitTo(this.#lateOutput, value, timestamp)
      return
    }
    const key = this.#current()
    const row: Row<In> = { seq: key.nextSeq, timestamp, value }
    key.nextSeq += 1
    this.#state.rows.add(row)
    key.waiting.push(row)
    if (timestamp < key.dueAt) this.#schedule(key, timestamp)
  }

  onTimer({ time }: FiredTimer): void {
    const key = this.#current()
    const earliest = key.waiting.peek()
    if (earliest !== undefined && earliest.timestamp <= time) {
      if (this.#plan.withPeers) this.#releaseTogether(key, time)
      else this.#releaseOneByOne(key, time)
      this.#released.set(time)
      key.freeAt = time + this.#plan.rangeMs
      if (hasToBeSwept(this.#state.rows.get(), key.waiting.size + key.frame.size)) this.#sweep(key)
    } else {
      key.frame.clear()
      this.#sweep(key)
      key.freeAt = Number.POSITIVE_INFINITY
    }
    const dueAt = Math.min(key.freeAt, key.waiting.peek()?.timestamp ?? Number.POSITIVE_INFINITY)
    if (dueAt < Number.POSITIVE_INFINITY) this.#schedule(key, dueAt)
    else {
      key.dueAt = dueAt
      // Without a row there is nothing left; the slot may be another key's next.
      if (Number.isFinite(this.#plan.rangeMs)) this.#keys[this.#backend.currentSlot] = undefined
    }
  }

  /** Frees the rows that neither wait nor are looked back over. */
  #sweep({ waiting, frame }: KeyRows<In, Out>): void {
    const { rows } = this.#state
    if (waiting.size + frame.size === 0) {
      rows.clear()
      this.#released.clear()
      return
    }
    const released = this.#released.get() as number
    const { oldest } = frame
    const isLive = (row: Row<In>): boolean =>
      row.timestamp > released || (oldest !== undefined && compareRows(row, oldest) >= 0)
    rows.update(rows.get().filter(isLive))
  }

  #schedule(key: KeyRows<In, Out>, dueAt: number): void {
    key.dueAt = dueAt
    this.#timers.replace(TIMER, dueAt)
  }

  #releaseTogether({ waiting, frame }: KeyRows<In, Out>, time: number): void {
    const { operatorId, place, output } = this.#context
    const peers = this.#peers
    place.step = operatorId
    for (let row = waiting.peek(); row !== undefined && row.timestamp <= time; row = waiting.peek()) {
      waiting.pop()
      frame.take(row)
      peers.push(row)
    }
    for (const { value, timestamp } of peers) {
      place.step = operatorId
      output.emit(frame.result(value), timestamp)
    }
    peers.length = 0
  }

  #releaseOneByOne({ waiting, frame }: KeyRows<In, Out>, time: number): void {
    const { operatorId, place, output } = this.#context
    for (let row = waiting.peek(); row !== undefined && row.timestamp <= time; row = waiting.peek()) {
      waiting.pop()
      place.step = operatorId
      frame.take(row)
      output.emit(frame.result(row.value), row.timestamp)
    }
  }

  /** The rows of the current key. */
  #current(): KeyRows<In, Out> {
    const slot = this.#backend.ensureSlot()
    let key = this.#keys[slot]
    if (key === undefined) {
      key = this.#gather(slot)
      this.#keys[slot] = key
    }
    return key
  }

  #gather(slot: number): KeyRows<In, Out> {
    const rows = rowsInOrder(this.#state)
    const released = this.#released.get() ?? Number.NEGATIVE_INFINITY
    const waiting = new BinaryHeap<Row<In>>(compareRows)
    for (const row of rows) if (row.timestamp > released) waiting.push(row)
    const looked = this.#isBounded ? this.#lookedBackOver(rows, released) : []
    const freeAt = looked.length === 0 ? Number.POSITIVE_INFINITY : released + this.#plan.rangeMs
    return {
      nextSeq: nextSeq(this.#state),
      waiting,
      frame: this.#isBounded
        ? new BoundedFrame(this.#plan, this.#aggregate, this.#state, looked)
        : new UnboundedFrame(this.#aggregate, this.#everything, slot),
      freeAt,
      dueAt: Math.min(freeAt, waiting.peek()?.timestamp ?? Number.POSITIVE_INFINITY),
    }
  }

  /** Of rows in their order, those that the last one to have its result looks back over. */
  #lookedBackOver(rows: readonly Row<In>[], released: number): Row<In>[] {
    const { rangeMs, rowLimit } = this.#plan
    const within = rows.filter(({ timestamp }) => timestamp <= released && timestamp >= released - rangeMs)
    return Number.isFinite(rowLimit) ? within.slice(-rowLimit) : within
  }
}
