import type { MapState } from '../../state.ts'
import type { Column } from './column.ts'
import type { KeyTable } from './key-table.ts'

const EMPTY = new Map<never, never>()

/** A map state of all keys: an array of maps by slot. An empty map is no map. */
export class MapColumn<K, V> implements MapState<K, V>, Column {
  readonly #keys: KeyTable
  readonly #maps: (Map<K, V> | undefined)[] = []

  constructor(keys: KeyTable) {
    this.#keys = keys
  }

  get(key: K): V | undefined {
    return this.#current().get(key)
  }

  has(key: K): boolean {
    return this.#current().has(key)
  }

  get size(): number {
    return this.#current().size
  }

  entries(): IterableIterator<[K, V]> {
    return this.#current().entries()
  }

  keys(): IterableIterator<K> {
    return this.#current().keys()
  }

  values(): IterableIterator<V> {
    return this.#current().values()
  }

  put(key: K, value: V): void {
    const slot = this.#keys.ensureSlot()
    const map = this.#maps[slot]
    if (map === undefined) {
      this.#maps[slot] = new Map([[key, value]])
      this.#keys.retain(slot)
    } else map.set(key, value)
    this.#keys.mark(slot)
  }

  remove(key: K): void {
    const slot = this.#keys.currentSlot
    const map = slot < 0 ? undefined : this.#maps[slot]
    if (map === undefined || !map.delete(key)) return
    this.#keys.mark(slot)
    if (map.size > 0) return
    this.#maps[slot] = undefined
    this.#keys.release(slot)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot < 0 || this.#maps[slot] === undefined) return
    this.#maps[slot] = undefined
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }

  read(slot: number): ReadonlyMap<unknown, unknown> | undefined {
    return this.#maps[slot]
  }

  holds(slot: number): boolean {
    return this.#maps[slot] !== undefined
  }

  restore(slot: number, entries: unknown): void {
    this.#maps[slot] = new Map(entries as Map<K, V>)
    this.#keys.retain(slot)
  }

  #current(): ReadonlyMap<K, V> {
    const slot = this.#keys.currentSlot
    return (slot < 0 ? undefined : this.#maps[slot]) ?? (EMPTY as ReadonlyMap<K, V>)
  }
}
