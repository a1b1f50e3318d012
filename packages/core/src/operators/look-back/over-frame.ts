import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import { type HeldRows, noRows } from './held-rows.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { RowStacks } from './row-stacks.ts'

/** Declared state of a key, changed in place: its rows; where nothing bounds the look-back, only those that wait. */
export interface KeyState<In> extends HeldRows<In> {
  /** What all that have been taken come to, where nothing bounds the look-back, and the largest time of them. */
  everything: CombinedAccumulator | undefined
  newest: number | undefined
}

/** What one key looks back over at this moment. A cache over its state, which it changes in place. */
export interface OverFrame<In, Out> {
  readonly rows: KeyState<In>
  /** Takes in the row at `end`; those that it does not look back to leave, and are freed by whoever moves `head`. */
  take(): void
  /** Sums up what has been taken: before `result`. */
  settle(): void
  /** The result of a record, over what has been taken. */
  result(value: In): Out
  /** Lets go of all that has been taken. */
  clear(): void
  /** The largest time of what it holds; -Infinity where that is nothing. */
  readonly newest: number
}

export function newKeyState<In>(): KeyState<In> {
  return { ...noRows<In>(), everything: undefined, newest: undefined }
}

export function frameOf<In, Out>(
  plan: LookBackPlan,
  aggregate: OverAggregate<In, Out>,
  state: KeyState<In>,
): OverFrame<In, Out> {
  return plan.isBounded ? new BoundedFrame(plan, aggregate, state) : new UnboundedFrame(aggregate, state)
}

/** The last rows, within a time or up to a number. */
class BoundedFrame<In, Out> extends RowStacks<In, Out, KeyState<In>> implements OverFrame<In, Out> {
  get newest(): number {
    const { times, first, end } = this.rows
    return end === first ? Number.NEGATIVE_INFINITY : (times[end - 1] as number)
  }
}

/** All rows since the first. Keeps an accumulator, and no row. */
class UnboundedFrame<In, Out> implements OverFrame<In, Out> {
  readonly rows: KeyState<In>
  readonly #aggregate: OverAggregate<In, Out>

  constructor(aggregate: OverAggregate<In, Out>, rows: KeyState<In>) {
    this.#aggregate = aggregate
    this.rows = rows
  }

  take(): void {
    const { all } = this.#aggregate
    const { rows } = this
    const timestamp = rows.times[rows.end] as number
    rows.everything = all.add(rows.everything ?? all.create(), rows.values[rows.end] as In, timestamp)
    rows.end += 1
    rows.first = rows.end
    if (rows.newest === undefined || timestamp > rows.newest) rows.newest = timestamp
  }

  settle(): void {}

  result(value: In): Out {
    return this.#aggregate.makeResultOfAll(value, this.rows.everything as CombinedAccumulator)
  }

  clear(): void {
    this.rows.everything = undefined
    this.rows.newest = undefined
  }

  get newest(): number {
    return this.rows.newest ?? Number.NEGATIVE_INFINITY
  }
}
