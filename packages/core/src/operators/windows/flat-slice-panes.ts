import type { Key } from '../../elements/key.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { CombinedFlat } from '../../functions/aggregates/combine-flat.ts'
import type { FlatPane, FlatPaneTable } from '../../state/flat-panes.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'

type MakeResult<Out> = (key: Key, start: number, end: number, cells: Float64Array, at: number) => Out

/** Accumulators of slices as rows of doubles: decision 0014. */
export class FlatSlicePanes<In, Out> implements SlicePanes<In, Out> {
  readonly #table: FlatPaneTable
  readonly #flat: CombinedFlat<In>
  readonly #makeResult: MakeResult<Out>
  readonly #panes = new Map<number, FlatSlicePane<In, Out>>()

  constructor(state: KeyedStateBackend, name: string, flat: CombinedFlat<In>, makeResult: MakeResult<Out>) {
    this.#table = state.flatPanes(name, {
      name: flat.layout,
      width: flat.width,
      create: flat.create,
      write: (cells, at, accumulator) => flat.write(cells, at, accumulator as CombinedAccumulator),
    })
    this.#flat = flat
    this.#makeResult = makeResult
    for (const start of this.#table.namespaces()) this.getOrCreate(start)
  }

  get(start: number): SlicePane<In, Out> | undefined {
    return this.#panes.get(start)
  }

  getOrCreate(start: number): SlicePane<In, Out> {
    let pane = this.#panes.get(start)
    if (pane === undefined) {
      pane = new FlatSlicePane(this.#table.getOrCreate(start), this.#flat.add, this.#makeResult)
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

class FlatSlicePane<In, Out> implements SlicePane<In, Out> {
  readonly #pane: FlatPane
  readonly #add: CombinedFlat<In>['add']
  readonly #makeResult: MakeResult<Out>

  constructor(pane: FlatPane, add: CombinedFlat<In>['add'], makeResult: MakeResult<Out>) {
    this.#pane = pane
    this.#add = add
    this.#makeResult = makeResult
  }

  add(slot: number, value: In, timestamp: number): void {
    const pane = this.#pane
    const row = pane.ensureRow(slot)
    this.#add(pane.cellsOf(row), pane.indexOf(row), value, timestamp)
  }

  slotsByKey(): readonly number[] {
    return this.#pane.slotsByKey()
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined {
    const row = this.#pane.rowOf(slot)
    return this.#makeResult(key, start, end, this.#pane.cellsOf(row), this.#pane.indexOf(row))
  }
}
