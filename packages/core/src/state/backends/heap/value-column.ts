import type { ValueState } from '../../state.ts'
import type { Column } from './column.ts'
import type { KeyTable } from './key-table.ts'

/** A value state of all keys: an array by slot. */
export class ValueColumn<T> implements ValueState<T>, Column {
  readonly #keys: KeyTable
  readonly #values: (T | undefined)[] = []

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  get(): T | undefined {
    const slot = this.#keys.currentSlot
    return slot < 0 ? undefined : this.#values[slot]
  }

  set(value: T | undefined): void {
    if (value === undefined) {
      this.clear()
      return
    }
    const slot = this.#keys.ensureSlot()
    if (this.#values[slot] === undefined) this.#keys.retain(slot)
    this.#values[slot] = value
    this.#keys.mark(slot)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot < 0 || this.#values[slot] === undefined) return
    this.#values[slot] = undefined
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }

  read(slot: number): unknown {
    return this.#values[slot]
  }

  holds(slot: number): boolean {
    return this.#values[slot] !== undefined
  }

  restore(slot: number, value: unknown): void {
    this.#values[slot] = value as T
    this.#keys.retain(slot)
  }
}
