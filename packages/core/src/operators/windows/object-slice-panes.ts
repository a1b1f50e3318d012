import type { Key } from '../../elements/key.ts'
import type { AggregateFunction } from '../../functions/aggregate-function.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'

type Aggregate<In> = AggregateFunction<In, CombinedAccumulator, unknown>
type MakeResult<Out> = (key: Key, start: number, end: number, accumulator: CombinedAccumulator) => Out

/** Accumulators of slices as objects. */
export class ObjectSlicePanes<In, Out> implements SlicePanes<In, Out> {
  readonly #table: PaneTable<CombinedAccumulator>
  readonly #aggregate: Aggregate<In>
  readonly #makeResult: MakeResult<Out>
  readonly #panes = new Map<number, ObjectSlicePane<In, Out>>()

  constructor(table: PaneTable<CombinedAccumulator>, aggregate: Aggregate<In>, makeResult: MakeResult<Out>) {
    this.#table = table
    this.#aggregate = aggregate
    this.#makeResult = makeResult
    for (const start of table.namespaces()) this.getOrCreate(start)
  }

  get(start: number): SlicePane<In, Out> | undefined {
    return this.#panes.get(start)
  }

  getOrCreate(start: number): SlicePane<In, Out> {
    let pane = this.#panes.get(start)
    if (pane === undefined) {
      pane = new ObjectSlicePane(this.#table.getOrCreate(start), this.#aggregate, this.#makeResult)
      this.#panes.set(start, pane)
    }
    return pane
  }

  remove(start: number): void {
    this.#panes.delete(start)
    this.#table.remove(start)
  }

  starts(): number[] {
    return this.#table.namespaces()
  }
}

class ObjectSlicePane<In, Out> implements SlicePane<In, Out> {
  readonly #pane: Pane<CombinedAccumulator>
  readonly #aggregate: Aggregate<In>
  readonly #makeResult: MakeResult<Out>

  constructor(pane: Pane<CombinedAccumulator>, aggregate: Aggregate<In>, makeResult: MakeResult<Out>) {
    this.#pane = pane
    this.#aggregate = aggregate
    this.#makeResult = makeResult
  }

  add(slot: number, value: In, timestamp: number): void {
    const pane = this.#pane
    const accumulator = pane.accumulators[slot]
    if (accumulator === undefined) {
      pane.set(slot, this.#aggregate.add(this.#aggregate.create(), value, timestamp))
    } else {
      this.#aggregate.add(accumulator, value, timestamp)
      pane.mark(slot)
    }
  }

  slotsByKey(): readonly number[] {
    return this.#pane.slotsByKey()
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out {
    return this.#makeResult(key, start, end, this.#pane.accumulators[slot] as CombinedAccumulator)
  }
}
