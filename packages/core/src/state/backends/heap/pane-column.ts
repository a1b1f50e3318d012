import type { Pane, PaneTable } from '../../keyed-state-backend.ts'
import type { KeyTable } from './key-table.ts'

/** The accumulators of all keys and namespaces: a pane a namespace, in it an array by slot. */
export class PaneColumn<A> implements PaneTable<A> {
  readonly #keys: KeyTable
  readonly #panes = new Map<number, HeapPane<A>>()

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  get(namespace: number): Pane<A> | undefined {
    return this.#panes.get(namespace)
  }

  getOrCreate(namespace: number): Pane<A> {
    let pane = this.#panes.get(namespace)
    if (pane === undefined) {
      pane = new HeapPane(namespace, this.#keys)
      this.#panes.set(namespace, pane)
    }
    return pane
  }

  remove(namespace: number): void {
    const pane = this.#panes.get(namespace)
    if (pane === undefined) return
    pane.clear()
    this.#panes.delete(namespace)
  }

  namespaces(): number[] {
    return [...this.#panes.keys()].sort((a, b) => a - b)
  }

  /** The cells of a slot, by namespace, for a snapshot. */
  *read(slot: number): Iterable<readonly [number, A]> {
    for (const pane of this.#panes.values()) {
      const accumulator = pane.accumulators[slot]
      if (accumulator !== undefined) yield [pane.namespace, accumulator]
    }
  }

  restore(slot: number, namespace: number, accumulator: unknown): void {
    this.getOrCreate(namespace).set(slot, accumulator as A)
  }
}

class HeapPane<A> implements Pane<A> {
  readonly namespace: number
  readonly accumulators: (A | undefined)[] = []
  readonly #keys: KeyTable
  /** Slots that have, or had, a cell; one can stand here twice. */
  #slots: number[] = []
  #size = 0

  constructor(namespace: number, keys: KeyTable) {
    this.namespace = namespace
    this.#keys = keys
  }

  get size(): number {
    return this.#size
  }

  slotsByKey(): readonly number[] {
    if (this.#slots.length !== this.#size) this.#dropStaleSlots()
    return this.#keys.inKeyOrder(this.#slots)
  }

  set(slot: number, accumulator: A): void {
    if (this.accumulators[slot] === undefined) {
      this.#keys.retain(slot)
      // A pane that is never removed, as that of sessions, sees keys come and go without end.
      if (this.#slots.length > 2 * this.#size + 1_024) this.#dropStaleSlots()
      this.#slots.push(slot)
      this.#size += 1
    }
    this.accumulators[slot] = accumulator
    this.#keys.mark(slot)
  }

  mark(slot: number): void {
    this.#keys.mark(slot)
  }

  delete(slot: number): void {
    if (this.accumulators[slot] === undefined) return
    this.accumulators[slot] = undefined
    this.#size -= 1
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }

  clear(): void {
    for (const slot of this.#slots) this.delete(slot)
  }

  #dropStaleSlots(): void {
    this.#slots = [...new Set(this.#slots)].filter((slot) => this.accumulators[slot] !== undefined)
  }
}
