import type { Key } from '../../elements/key.ts'
import type { Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { Gathering } from './gathering.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'
import type { SliceQueue } from './slice-queue.ts'

/** Accumulators of slices as objects. */
export class ObjectSlicePanes<In, Acc, Out> implements SlicePanes<In, Out, SliceQueue<Acc>> {
  readonly #table: PaneTable<Acc>
  readonly #gathering: Gathering<In, Acc, Out>
  readonly #makeQueue: () => SliceQueue<Acc>
  readonly #panes = new Map<number, ObjectSlicePane<In, Acc, Out>>()

  constructor(table: PaneTable<Acc>, gathering: Gathering<In, Acc, Out>, makeQueue: () => SliceQueue<Acc>) {
    this.#table = table
    this.#gathering = gathering
    this.#makeQueue = makeQueue
    for (const start of table.namespaces()) this.getOrCreate(start)
  }

  get(start: number): SlicePane<In, Out, SliceQueue<Acc>> | undefined {
    return this.#panes.get(start)
  }

  getOrCreate(start: number): SlicePane<In, Out, SliceQueue<Acc>> {
    let pane = this.#panes.get(start)
    if (pane === undefined) {
      pane = new ObjectSlicePane(this.#table.getOrCreate(start), this.#gathering)
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

  createQueue(): SliceQueue<Acc> {
    return this.#makeQueue()
  }

  resultOf(queue: SliceQueue<Acc>, key: Key, start: number, end: number): Out | undefined {
    return this.#gathering.contents(key, start, end, queue.value())
  }
}

class ObjectSlicePane<In, Acc, Out> implements SlicePane<In, Out, SliceQueue<Acc>> {
  readonly #pane: Pane<Acc>
  readonly #gathering: Gathering<In, Acc, Out>

  constructor(pane: Pane<Acc>, gathering: Gathering<In, Acc, Out>) {
    this.#pane = pane
    this.#gathering = gathering
  }

  add(slot: number, value: In, timestamp: number): void {
    const pane = this.#pane
    const accumulator = pane.accumulators[slot]
    if (accumulator === undefined) {
      pane.set(slot, this.#gathering.add(this.#gathering.create(), value, timestamp))
    } else {
      this.#gathering.add(accumulator, value, timestamp)
      pane.mark(slot)
    }
  }

  addLate(slot: number, value: In, timestamp: number, queue: SliceQueue<Acc> | undefined): void {
    const record = this.#gathering.add(this.#gathering.create(), value, timestamp)
    const before = this.#pane.accumulators[slot]
    const accumulator = before === undefined ? record : this.#gathering.merge(before, record)
    this.#pane.set(slot, accumulator)
    queue?.addLate(this.#pane.namespace, accumulator, record)
  }

  has(slot: number): boolean {
    return this.#pane.accumulators[slot] !== undefined
  }

  slotsByKey(): readonly number[] {
    return this.#pane.slotsByKey()
  }

  pushTo(queue: SliceQueue<Acc>, slot: number): void {
    queue.push(this.#pane.namespace, this.#pane.accumulators[slot] as Acc)
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined {
    return this.#gathering.contents(key, start, end, this.#pane.accumulators[slot] as Acc)
  }
}
