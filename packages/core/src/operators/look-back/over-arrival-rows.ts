import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { Operator, OperatorContext } from '../operator.ts'
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
  UnboundedFrame,
} from './over-frame.ts'
import type { Row } from './row.ts'

interface KeyRows<In, Out> {
  nextSeq: number
  readonly frame: OverFrame<In, Out>
}

/** The last rows to arrive, at once. See `overOperator`. */
export class OverArrivalRows<In, Out> implements Operator<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>
  readonly #isBounded: boolean

  // Set in `open`.
  #context!: OperatorContext<Out>
  #backend!: KeyedStateBackend
  #state!: OverState<In>
  #everything!: EverythingPane

  /** A cache, by slot. A key's state is never freed, so that its slot stays its own. */
  readonly #keys: (KeyRows<In, Out> | undefined)[] = []

  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.#isBounded = Number.isFinite(plan.rowLimit)
  }

  open(context: OperatorContext<Out>): void {
    checkShape(context, `${this.#plan.detail}${this.#isBounded ? '' : `; ${this.#aggregate.name}`}`)
    this.#context = context
    this.#backend = context.state
    this.#state = overState(context.state)
    this.#everything = everythingPane(context.state)
  }

  processRecord(value: In, timestamp: number): void {
    const { place, operatorId, output } = this.#context
    const slot = this.#backend.ensureSlot()
    let key = this.#keys[slot]
    if (key === undefined) {
      key = this.#gather(slot)
      this.#keys[slot] = key
    }
    const row: Row<In> = { seq: key.nextSeq, timestamp, value }
    key.nextSeq += 1
    place.step = operatorId
    key.frame.take(row)
    if (this.#isBounded) this.#keep(row)
    output.emit(key.frame.result(value), timestamp)
  }

  #keep(row: Row<In>): void {
    const { rows } = this.#state
    rows.add(row)
    if (hasToBeSwept(rows.get(), this.#plan.rowLimit)) rows.update(rows.get().slice(-this.#plan.rowLimit))
  }

  #gather(slot: number): KeyRows<In, Out> {
    if (!this.#isBounded) {
      return { nextSeq: 0, frame: new UnboundedFrame(this.#aggregate, this.#everything, slot) }
    }
    const rows = this.#state.rows.get().slice(-this.#plan.rowLimit)
    return {
      nextSeq: nextSeq(this.#state),
      frame: new BoundedFrame(this.#plan, this.#aggregate, this.#state, rows),
    }
  }
}
