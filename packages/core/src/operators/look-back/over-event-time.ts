import type { OutputTag } from '../../elements/output-tag.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { FiredTimer, TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import { addWaiting, compact, firstWaiting } from './held-rows.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { frameOf, type KeyState, newKeyState, type OverFrame } from './over-frame.ts'

// The only timer of a key: at the earliest row that waits, or before that where the frame can be freed.
const TIMER = ''

/** Look-back in event time. See `overOperator`. */
export class OverEventTime<In, Out> implements Operator<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>
  readonly #lateOutput: OutputTag<In> | undefined
  /** So long after its newest row a frame is freed. */
  readonly #keptMs: number

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #timers!: TimerRegistry
  #states!: Pane<KeyState<In>>
  #late!: Counter

  /** A cache, by slot. */
  readonly #frames: (OverFrame<In, Out> | undefined)[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>, lateOutput: OutputTag<In> | undefined) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.#lateOutput = lateOutput
    this.#keptMs = Math.min(plan.rangeMs, plan.idleAfterMs)
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, `${this.#plan.detail}${this.#plan.isBounded ? '' : `; ${this.#aggregate.name}`}`)
    this.#context = context
    this.#backend = context.state
    this.#timers = context.timers.eventTime
    this.#states = context.state.panes<KeyState<In>>('rows').getOrCreate(0)
    this.#late = context.metrics.counter('late')
  }

  processRecord(value: In, timestamp: number): void {
    if (checkTimestamp(timestamp) <= this.#context.currentWatermark()) {
      this.#late.add(1)
      if (this.#lateOutput !== undefined) this.#context.output.emitTo(this.#lateOutput, value, timestamp)
      return
    }
    const slot = this.#backend.ensureSlot()
    const frame = this.#frames[slot] ?? this.#gather(slot)
    const { rows } = frame
    const dueAt = this.#dueAt(frame)
    addWaiting(rows, value, timestamp)
    this.#states.mark(slot)
    if (timestamp < dueAt) this.#timers.replace(TIMER, timestamp)
  }

  onTimer({ time }: FiredTimer): void {
    const slot = this.#backend.currentSlot
    const frame = this.#frames[slot] ?? this.#gather(slot)
    const { rows } = frame
    if (frame.newest + this.#plan.idleAfterMs <= time) frame.clear()
    if (firstWaiting(rows) <= time) {
      if (this.#plan.withPeers) this.#releaseTogether(frame, time)
      else this.#releaseOneByOne(frame, time)
    } else if (frame.newest + this.#plan.rangeMs <= time) frame.clear()
    rows.head = rows.first
    compact(rows)
    this.#states.mark(slot)
    const dueAt = this.#dueAt(frame)
    if (dueAt !== Number.POSITIVE_INFINITY) this.#timers.replace(TIMER, dueAt)
    else if (frame.newest === Number.NEGATIVE_INFINITY) {
      this.#frames[slot] = undefined
      this.#states.delete(slot)
    }
  }

  #releaseTogether(frame: OverFrame<In, Out>, time: number): void {
    const { operatorId, place, output } = this.#context
    const { rows } = frame
    place.step = operatorId
    const from = rows.end
    while (firstWaiting(rows) <= time) frame.take()
    frame.settle()
    for (let i = from; i < rows.end; i++) {
      place.step = operatorId
      output.emit(frame.result(rows.values[i] as In), rows.times[i] as number)
    }
  }

  #releaseOneByOne(frame: OverFrame<In, Out>, time: number): void {
    const { operatorId, place, output } = this.#context
    const { rows } = frame
    while (firstWaiting(rows) <= time) {
      const i = rows.end
      place.step = operatorId
      frame.take()
      frame.settle()
      output.emit(frame.result(rows.values[i] as In), rows.times[i] as number)
    }
  }

  #gather(slot: number): OverFrame<In, Out> {
    let state = this.#states.accumulators[slot]
    if (state === undefined) {
      state = newKeyState<In>()
      this.#states.set(slot, state)
    }
    const frame = frameOf(this.#plan, this.#aggregate, state)
    this.#frames[slot] = frame
    return frame
  }

  /** When the timer of a key is due; infinite without one. */
  #dueAt(frame: OverFrame<In, Out>): number {
    const { newest } = frame
    const freeAt = newest === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : newest + this.#keptMs
    return Math.min(freeAt, firstWaiting(frame.rows))
  }
}
