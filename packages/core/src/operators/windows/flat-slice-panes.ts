import type { Key } from '../../elements/key.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { CombinedFlat } from '../../functions/aggregates/combine-flat.ts'
import type { FlatPane, FlatPaneTable } from '../../state/flat-panes.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import { FlatTwoStacks } from './flat-two-stacks.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'

type MakeResult<Out> = (key: Key, start: number, end: number, cells: Float64Array, at: number) => Out

/** Accumulators of slices as rows of doubles: decision 0014. */
export class FlatSlicePanes<In, Out> implements SlicePanes<In, Out, FlatTwoStacks> {
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

  get(start: number): FlatSlicePane<In, Out> | undefined {
    return this.#panes.get(start)
  }

  getOrCreate(start: number): FlatSlicePane<In, Out> {
    let pane = this.#panes.get(start)
    if (pane === undefined) {
      pane = new FlatSlicePane(start, this.#table.getOrCreate(start), this.#flat, this.#makeResult)
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

  createQueue(): FlatTwoStacks {
    return new FlatTwoStacks(this.#flat)
  }

  resultOf(queue: FlatTwoStacks, key: Key, start: number, end: number): Out {
    const at = queue.value()
    return this.#makeResult(key, start, end, queue.cells, at)
  }
}

class FlatSlicePane<In, Out> implements SlicePane<In, Out, FlatTwoStacks> {
  readonly #start: number
  readonly #pane: FlatPane
  readonly #flat: CombinedFlat<In>
  readonly #add: CombinedFlat<In>['add']
  readonly #makeResult: MakeResult<Out>

  constructor(start: number, pane: FlatPane, flat: CombinedFlat<In>, makeResult: MakeResult<Out>) {
    this.#start = start
    this.#pane = pane
    this.#flat = flat
    this.#add = flat.add
    this.#makeResult = makeResult
  }

  add(slot: number, value: In, timestamp: number): void {
    const pane = this.#pane
    const row = pane.ensureRow(slot)
    this.#add(pane.cellsOf(row), pane.indexOf(row), value, timestamp)
  }

  addLate(slot: number, value: In, timestamp: number, queue: FlatTwoStacks | undefined): void {
    const { create, add, merge, width } = this.#flat
    const record = new Float64Array(width)
    create(record, 0)
    add(record, 0, value, timestamp)
    const pane = this.#pane
    const isNew = !this.has(slot)
    const row = pane.ensureRow(slot)
    const cells = pane.cellsOf(row)
    const at = pane.indexOf(row)
    if (isNew) cells.set(record, at)
    else merge(cells, at, record, 0)
    queue?.addLate(this.#start, cells, at, record)
  }

  has(slot: number): boolean {
    return this.#pane.rowOf(slot) >= 0
  }

  slotsByKey(): readonly number[] {
    return this.#pane.slotsByKey()
  }

  pushTo(queue: FlatTwoStacks, slot: number): void {
    const row = this.#pane.rowOf(slot)
    queue.push(this.#start, this.#pane.cellsOf(row), this.#pane.indexOf(row))
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined {
    const row = this.#pane.rowOf(slot)
    return this.#makeResult(key, start, end, this.#pane.cellsOf(row), this.#pane.indexOf(row))
  }
}
