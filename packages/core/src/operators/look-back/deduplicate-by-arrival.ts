import type { Counter } from '../../metrics/operator-metrics.ts'
import type { ValueState } from '../../state/state.ts'
import type { FiredTimer, TimerRegistry } from '../../time/timer-service.ts'
import type { Operator, OperatorContext } from '../operator.ts'
import { checkTimestamp } from '../windows/assigners/slice-scheme.ts'
import { checkShape } from './check-shape.ts'
import type { DeduplicatePlan } from './deduplicate-plan.ts'
import { type IdleKeys, idleKeys } from './idle-keys.ts'

// Without `within` a key has been seen, whenever that was.
const EVER: readonly number[] = Object.freeze([0])

/** The first of a key to arrive. See `deduplicateOperator`. */
export class DeduplicateByArrival<In> implements Operator<In, In> {
  readonly #plan: DeduplicatePlan<In>
  readonly #withinMs: number
  /** How long after its timestamp a first one is remembered. */
  readonly #keptMs: number

  // Set in `open`.
  #context!: OperatorContext<In>
  #timers!: TimerRegistry
  /** The times of those that were emitted, in the order of their arrival; never an empty list. */
  #firsts!: ValueState<readonly number[]>
  #duplicates!: Counter
  #late!: Counter
  #idle: IdleKeys | undefined

  constructor(plan: DeduplicatePlan<In>) {
    this.#plan = plan
    this.#withinMs = plan.withinMs ?? Number.POSITIVE_INFINITY
    this.#keptMs = this.#withinMs + plan.latenessMs
  }

  open(context: OperatorContext<In>): void {
    checkShape(context, this.#plan.detail)
    this.#context = context
    this.#timers = context.timers.eventTime
    this.#firsts = context.state.value('firsts', { kind: 'value' })
    this.#duplicates = context.metrics.counter('duplicates')
    this.#late = context.metrics.counter('late')
    this.#idle = idleKeys(context, this.#plan.idleAfterMs)
  }

  processRecord(value: In, timestamp: number): void {
    const firsts = this.#firsts.get()
    if (this.#plan.withinMs === undefined) {
      if (this.#idle !== undefined && !this.#idle.isAlive(timestamp)) {
        this.#takeLate(value, timestamp)
        return
      }
      if (firsts !== undefined) {
        this.#drop(value, timestamp)
        return
      }
      this.#firsts.set(EVER)
      this.#context.output.emit(value, timestamp)
      return
    }
    if (checkTimestamp(timestamp) + this.#plan.latenessMs <= this.#context.currentWatermark()) {
      this.#takeLate(value, timestamp)
      return
    }
    if (firsts !== undefined && this.#hasNear(firsts, timestamp)) {
      this.#drop(value, timestamp)
      return
    }
    this.#firsts.set(firsts === undefined ? [timestamp] : [...firsts, timestamp])
    this.#timers.register(timestamp + this.#keptMs)
    this.#context.output.emit(value, timestamp)
  }

  onTimer({ time }: FiredTimer): void {
    if (this.#idle !== undefined) {
      this.#idle.forget()
      this.#firsts.clear()
      return
    }
    const kept = (this.#firsts.get() ?? []).filter((first) => first + this.#keptMs > time)
    this.#firsts.set(kept.length === 0 ? undefined : kept)
  }

  #hasNear(firsts: readonly number[], timestamp: number): boolean {
    for (const first of firsts) if (Math.abs(timestamp - first) < this.#withinMs) return true
    return false
  }

  #takeLate(value: In, timestamp: number): void {
    this.#late.add(1)
    if (this.#plan.lateOutput !== undefined) this.#context.output.emitTo(this.#plan.lateOutput, value, timestamp)
  }

  #drop(value: In, timestamp: number): void {
    this.#duplicates.add(1)
    if (this.#plan.duplicateOutput !== undefined) {
      this.#context.output.emitTo(this.#plan.duplicateOutput, value, timestamp)
    }
  }
}
