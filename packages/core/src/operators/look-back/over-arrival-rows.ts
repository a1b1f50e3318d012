import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkShape } from './check-shape.ts'
import { compact } from './held-rows.ts'
import { type IdleKeys, idleKeys } from './idle-keys.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { frameOf, type KeyState, newKeyState, type OverFrame } from './over-frame.ts'

/** The last rows to arrive, at once. See `overOperator`. */
export class OverArrivalRows<In, Out> implements Operator<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #states!: Pane<KeyState<In>>
  #idle: IdleKeys | undefined

  /** A cache, by slot. */
  readonly #keys: (OverFrame<In, Out> | undefined)[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>) {
    this.#plan = plan
    this.#aggregate = aggregate
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, `${this.#plan.detail}${this.#plan.isBounded ? '' : `; ${this.#aggregate.name}`}`)
    this.#context = context
    this.#backend = context.state
    this.#states = context.state.panes<KeyState<In>>('rows').getOrCreate(0)
    this.#idle = idleKeys(context, this.#plan.idleAfterMs)
  }

  processRecord(value: In, timestamp: number): void {
    const { place, operatorId, output } = this.#context
    const frame = this.#idle === undefined || this.#idle.isAlive(timestamp) ? this.#current() : this.#frameOfNothing()
    const { rows } = frame
    place.step = operatorId
    rows.times.push(timestamp)
    rows.values.push(value)
    frame.take()
    rows.head = rows.first
    compact(rows)
    frame.settle()
    output.emit(frame.result(value), timestamp)
  }

  onTimer(): void {
    const slot = this.#backend.currentSlot
    this.#keys[slot] = undefined
    this.#states.delete(slot)
    this.#idle?.forget()
  }

  /** The frame of the current key, which is about to change. */
  #current(): OverFrame<In, Out> {
    const slot = this.#backend.ensureSlot()
    let frame = this.#keys[slot]
    if (frame === undefined) {
      let state = this.#states.accumulators[slot]
      if (state === undefined) {
        state = newKeyState()
        this.#states.set(slot, state)
      }
      frame = frameOf(this.#plan, this.#aggregate, state)
      this.#keys[slot] = frame
    }
    this.#states.mark(slot)
    return frame
  }

  /** For a record whose key is not remembered: it sees itself. */
  #frameOfNothing(): OverFrame<In, Out> {
    return frameOf(this.#plan, this.#aggregate, newKeyState<In>())
  }
}
