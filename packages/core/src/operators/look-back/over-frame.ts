import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { KeyedStateBackend, Pane } from '../../state/keyed-state-backend.ts'
import type { ListState, ValueState } from '../../state/state.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'
import { compareRows, type Row } from './row.ts'
import { RowStacks } from './row-stacks.ts'

/** What one key looks back over at this moment. Used only while its key is the current one. */
export interface OverFrame<In, Out> {
  /** Takes in the next row; the rows that it no longer looks back to leave. */
  take(row: Row<In>): void
  /** The result of a record, over what has been taken. */
  result(value: In): Out
  /** Lets go of all rows, where rows are kept. */
  clear(): void
  /** How many rows it keeps, and the first of them in their order. */
  readonly size: number
  readonly oldest: Row<In> | undefined
}

/** The declared state of look-backs, of the current key. */
export interface OverState<In> {
  /**
   * As they arrived: those that wait, those that are looked back over, and for a while those that have left. A list is
   * cheaper to add to than a map, and what has left is swept out when it is most of the list.
   */
  readonly rows: ListState<Row<In>>
  /** See `RowStacks.frontEnd`. */
  readonly frontEnd: ValueState<number>
}

export function overState<In>(backend: KeyedStateBackend): OverState<In> {
  return {
    rows: backend.list('rows', { kind: 'list' }),
    frontEnd: backend.value('front-end', { kind: 'value' }),
  }
}

/** The rows of the current key, by time, then by arrival. */
export function rowsInOrder<In>({ rows }: OverState<In>): Row<In>[] {
  return [...rows.get()].sort(compareRows)
}

/** The number for the next row of the current key. */
export function nextSeq<In>({ rows }: OverState<In>): number {
  return (rows.get().at(-1)?.seq ?? -1) + 1
}

/** Whether it is time to sweep a list in which so many are still of use: then what a row costs does not grow with them. */
export function hasToBeSwept(held: readonly unknown[], live: number): boolean {
  return held.length > 2 * live + 8
}

/** The last rows, within a time or up to a number. */
export class BoundedFrame<In, Out> implements OverFrame<In, Out> {
  readonly #plan: LookBackPlan
  readonly #aggregate: OverAggregate<In, Out>
  readonly #state: OverState<In>
  readonly #stacks: RowStacks<In>
  #savedFrontEnd: number | undefined

  /** `rows` are those of the current key that it looks back over, in their order. */
  constructor(plan: LookBackPlan, aggregate: OverAggregate<In, Out>, state: OverState<In>, rows: readonly Row<In>[]) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.#state = state
    this.#savedFrontEnd = state.frontEnd.get()
    this.#stacks = RowStacks.of(aggregate, rows, this.#savedFrontEnd)
  }

  take(row: Row<In>): void {
    const { rangeMs, rowLimit } = this.#plan
    const stacks = this.#stacks
    const oldest = row.timestamp - rangeMs
    let leaving = 0
    while (leaving < stacks.size) {
      if (stacks.at(leaving).timestamp >= oldest && stacks.size - leaving < rowLimit) break
      leaving += 1
    }
    if (leaving > 0) this.#letGo(leaving)
    stacks.push(row)
  }

  result(value: In): Out {
    return this.#aggregate.makeResult(value, this.#stacks.merged(), this.#stacks.retracted())
  }

  clear(): void {
    this.#letGo(this.#stacks.size)
  }

  get size(): number {
    return this.#stacks.size
  }

  get oldest(): Row<In> | undefined {
    return this.#stacks.size === 0 ? undefined : this.#stacks.at(0)
  }

  #letGo(count: number): void {
    const stacks = this.#stacks
    stacks.evict(count)
    if (stacks.frontEnd === this.#savedFrontEnd) return
    this.#savedFrontEnd = stacks.frontEnd
    this.#state.frontEnd.set(this.#savedFrontEnd)
  }
}

/** Accumulators of the current key, where nothing ever leaves them. */
interface Everything {
  merged: CombinedAccumulator | undefined
  retracted: CombinedAccumulator | undefined
}

/** The accumulators of all keys. */
export type EverythingPane = Pane<Everything>

export function everythingPane(backend: KeyedStateBackend): EverythingPane {
  return backend.panes<Everything>('everything').getOrCreate(0)
}

/** All rows since the first. Keeps an accumulator, and no row. */
export class UnboundedFrame<In, Out> implements OverFrame<In, Out> {
  readonly #aggregate: OverAggregate<In, Out>
  readonly #pane: EverythingPane
  readonly #slot: number
  readonly #everything: Everything

  constructor(aggregate: OverAggregate<In, Out>, pane: EverythingPane, slot: number) {
    this.#aggregate = aggregate
    this.#pane = pane
    this.#slot = slot
    const { merged, retracted } = aggregate
    this.#everything = pane.accumulators[slot] ?? { merged: merged?.create(), retracted: retracted?.create() }
  }

  take({ value, timestamp }: Row<In>): void {
    const { merged, retracted } = this.#aggregate
    const everything = this.#everything
    if (merged !== undefined) {
      everything.merged = merged.add(everything.merged as CombinedAccumulator, value, timestamp)
    }
    if (retracted !== undefined) {
      everything.retracted = retracted.add(everything.retracted as CombinedAccumulator, value, timestamp)
    }
    this.#pane.set(this.#slot, everything)
  }

  result(value: In): Out {
    return this.#aggregate.makeResult(value, this.#everything.merged, this.#everything.retracted)
  }

  clear(): void {}

  get size(): number {
    return 0
  }

  get oldest(): undefined {
    return undefined
  }
}
