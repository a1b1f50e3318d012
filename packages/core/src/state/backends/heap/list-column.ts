import type { ListState } from '../../state.ts'
import type { Column } from './column.ts'
import type { KeyTable } from './key-table.ts'

const EMPTY: readonly never[] = Object.freeze([])

/** A list state of all keys: an array of lists by slot. An empty list is no list. */
export class ListColumn<T> implements ListState<T>, Column {
  readonly #keys: KeyTable
  readonly #lists: (T[] | undefined)[] = []

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  get(): readonly T[] {
    const slot = this.#keys.currentSlot
    return (slot < 0 ? undefined : this.#lists[slot]) ?? EMPTY
  }

  add(value: T): void {
    const slot = this.#keys.ensureSlot()
    const list = this.#lists[slot]
    if (list === undefined) {
      this.#lists[slot] = [value]
      this.#keys.retain(slot)
    } else list.push(value)
    this.#keys.mark(slot)
  }

  addAll(values: readonly T[]): void {
    // A list that is added to itself grows on the way.
    const { length } = values
    for (let i = 0; i < length; i++) this.add(values[i] as T)
  }

  update(values: readonly T[]): void {
    if (values.length === 0) {
      this.clear()
      return
    }
    const slot = this.#keys.ensureSlot()
    if (this.#lists[slot] === undefined) this.#keys.retain(slot)
    this.#lists[slot] = [...values]
    this.#keys.mark(slot)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot < 0 || this.#lists[slot] === undefined) return
    this.#lists[slot] = undefined
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }

  read(slot: number): readonly unknown[] | undefined {
    return this.#lists[slot]
  }

  holds(slot: number): boolean {
    return this.#lists[slot] !== undefined
  }

  restore(slot: number, values: unknown): void {
    this.#lists[slot] = [...(values as T[])]
    this.#keys.retain(slot)
  }
}
