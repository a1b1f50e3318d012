import type { OutputTag } from '../../elements/output-tag.ts'
import type { Counter } from '../../metrics/operator-metrics.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import { compact, firstFrom, type HeldRows, noRows } from './held-rows.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { RowStacks } from './row-stacks.ts'

/** A key's rows, and over `[newest - range, newest]` the stacks, which can be made of them again. */
interface Held<In, Out> {
  /** Declared state, changed in place. Those before `first` are too old for the newest row; one out of order may look back to them. */
  readonly rows: HeldRows<In>
  readonly stacks: RowStacks<In, Out>
}

const TIMER = ''

/** What has arrived of the time before a record, at once. See `overOperator`. */
export class OverArrivalRange<In, Out> implements Operator<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>
  readonly #lateOutput: OutputTag<In> | undefined

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #timers!: TimerRegistry
  #states!: Pane<HeldRows<In>>
  #late!: Counter

  /** A cache, by slot. */
  readonly #keys: (Held<In, Out> | undefined)[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>, lateOutput: OutputTag<In> | undefined) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.#lateOutput = lateOutput
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, this.#plan.detail)
    this.#context = context
    this.#backend = context.state
    this.#timers = context.timers.eventTime
    this.#states = context.state.panes<HeldRows<In>>('rows').getOrCreate(0)
    this.#late = context.metrics.counter('late')
  }

  processRecord(value: In, timestamp: number): void {
    const { place, operatorId, output } = this.#context
    const watermark = this.#context.currentWatermark()
    if (checkTimestamp(timestamp) <= watermark) {
      this.#late.add(1)
      if (this.#lateOutput !== undefined) output.emitTo(this.#lateOutput, value, timestamp)
      return
    }
    const slot = this.#backend.ensureSlot()
    const key = this.#keys[slot] ?? this.#gather(slot)
    this.#states.mark(slot)
    this.#freeOlder(key.rows, watermark)
    place.step = operatorId
    const { times } = key.rows
    const isInOrder = times.length === 0 || timestamp >= (times[times.length - 1] as number)
    output.emit(isInOrder ? this.#append(key, value, timestamp) : this.#insert(key, value, timestamp), timestamp)
  }

  onTimer(): void {
    const slot = this.#backend.currentSlot
    this.#keys[slot] = undefined
    this.#states.delete(slot)
  }

  #append({ rows, stacks }: Held<In, Out>, value: In, timestamp: number): Out {
    rows.times.push(timestamp)
    rows.values.push(value)
    stacks.take()
    stacks.settle()
    this.#timers.replace(TIMER, timestamp + this.#plan.rangeMs)
    return stacks.result(value)
  }

  /** A record out of order in time: what it looks back over is added up for it alone, and the stacks begin anew. */
  #insert({ rows, stacks }: Held<In, Out>, value: In, timestamp: number): Out {
    const { times, values } = rows
    let at = times.length
    while (at > rows.head && (times[at - 1] as number) > timestamp) at -= 1
    times.splice(at, 0, timestamp)
    values.splice(at, 0, value)
    rows.first = firstFrom(rows, (times[times.length - 1] as number) - this.#plan.rangeMs)
    rows.end = times.length
    rows.inFront = 0
    stacks.remake()
    const oldest = firstFrom(rows, timestamp - this.#plan.rangeMs)
    const own = { ...noRows<In>(), times: times.slice(oldest, at + 1), values: values.slice(oldest, at + 1) }
    const ownStacks = new RowStacks(this.#plan, this.#aggregate, { ...own, end: own.times.length })
    ownStacks.settle()
    return ownStacks.result(value)
  }

  /** Frees what no record can look back to that is not late. */
  #freeOlder(rows: HeldRows<In>, watermark: number): void {
    while (rows.head < rows.first && (rows.times[rows.head] as number) + this.#plan.rangeMs <= watermark) rows.head += 1
    compact(rows)
  }

  #gather(slot: number): Held<In, Out> {
    let rows = this.#states.accumulators[slot]
    if (rows === undefined) {
      rows = noRows<In>()
      this.#states.set(slot, rows)
    }
    const key = { rows, stacks: new RowStacks(this.#plan, this.#aggregate, rows) }
    this.#keys[slot] = key
    return key
  }
}
