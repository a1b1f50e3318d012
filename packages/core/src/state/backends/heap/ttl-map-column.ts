import type { MapState } from '../../state.ts'
import type { StateClock } from '../../state-clock.ts'
import type { CheckedTtl } from '../../ttl.ts'
import type { Column, ExpiringColumn, Stamps } from './column.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import type { KeyTable } from './key-table.ts'

interface Cell<V> {
  value: V
  stamp: number
}

interface StampedMap<K, V> {
  readonly cells: Map<K, Cell<V>>
  /** No entry is older. */
  oldest: number
}

/**
 * A map state of all keys that forgets entry by entry. `get`, `has` and `put` look at their own entry alone; what goes over the
 * whole map looks at all of it whenever something in it may have expired.
 */
export class TtlMapColumn<K, V> implements MapState<K, V>, Column, ExpiringColumn {
  readonly expiry: ExpiringColumn = this
  readonly #keys: KeyTable
  readonly #maps: (StampedMap<K, V> | undefined)[] = []
  readonly #queue: ExpiryQueue

  constructor(keys: KeyTable, state: string, ttl: CheckedTtl, clock: StateClock) {
    this.#keys = keys
    this.#queue = new ExpiryQueue(state, ttl, clock, (slot, now) => this.#dropExpired(slot, now)?.oldest)
  }

  get(key: K): V | undefined {
    return this.#cell(key)?.value
  }

  has(key: K): boolean {
    return this.#cell(key) !== undefined
  }

  get size(): number {
    return this.#current()?.cells.size ?? 0
  }

  entries(): IterableIterator<[K, V]> {
    return entriesOf(this.#readAll())
  }

  keys(): IterableIterator<K> {
    return this.#readAll().keys()
  }

  values(): IterableIterator<V> {
    return valuesOf(this.#readAll())
  }

  put(key: K, value: V): void {
    const now = this.#queue.tick()
    const stamp = this.#queue.stamp()
    const slot = this.#keys.ensureSlot()
    let map = this.#maps[slot]
    if (map === undefined) {
      map = { cells: new Map(), oldest: stamp }
      this.#maps[slot] = map
      this.#keys.retain(slot)
    }
    const cell = map.cells.get(key)
    if (cell !== undefined && !this.#queue.hasExpired(cell.stamp, now)) {
      cell.value = value
      // A late record does not make older what a newer one has written.
      cell.stamp = Math.max(cell.stamp, stamp)
    } else {
      // One that has expired is gone, whether it was swept or not: the new one comes last.
      if (cell !== undefined) map.cells.delete(key)
      map.cells.set(key, { value, stamp })
      map.oldest = Math.min(map.oldest, stamp)
      this.#queue.schedule(slot, stamp)
    }
    this.#keys.mark(slot)
  }

  remove(key: K): void {
    const slot = this.#keys.currentSlot
    const map = slot < 0 ? undefined : this.#maps[slot]
    if (map === undefined || !map.cells.delete(key)) return
    this.#keys.mark(slot)
    if (map.cells.size === 0) this.#drop(slot)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot >= 0 && this.#maps[slot] !== undefined) this.#drop(slot)
  }

  read(slot: number): unknown {
    const map = this.#maps[slot]
    return map === undefined ? undefined : new Map([...map.cells].map(([key, { value }]) => [key, value]))
  }

  stampsOf(slot: number): Stamps {
    return [...(this.#maps[slot]?.cells.values() ?? [])].map(({ stamp }) => stamp)
  }

  restore(slot: number, entries: unknown, stamps: Stamps | undefined): void {
    const map: StampedMap<K, V> = { cells: new Map(), oldest: Number.POSITIVE_INFINITY }
    const times = (stamps as readonly number[]).values()
    for (const [key, value] of entries as Map<K, V>) {
      const stamp = times.next().value as number
      map.cells.set(key, { value, stamp })
      map.oldest = Math.min(map.oldest, stamp)
    }
    this.#maps[slot] = map
    this.#keys.retain(slot)
    this.#queue.schedule(slot, map.oldest)
  }

  holds(slot: number): boolean {
    return this.#dropExpired(slot, this.#queue.now()) !== undefined
  }

  sweep(): void {
    this.#queue.sweep()
  }

  /** An entry of the current key that has not expired. */
  #cell(key: K): Cell<V> | undefined {
    const slot = this.#keys.currentSlot
    if (slot < 0) return undefined
    const now = this.#queue.tick()
    const cell = this.#maps[slot]?.cells.get(key)
    if (cell === undefined || this.#queue.hasExpired(cell.stamp, now)) return undefined
    if (this.#queue.refreshesOnRead) this.#refresh(slot, cell)
    return cell
  }

  #current(): StampedMap<K, V> | undefined {
    const slot = this.#keys.currentSlot
    return slot < 0 ? undefined : this.#dropExpired(slot, this.#queue.tick())
  }

  #readAll(): ReadonlyMap<K, Cell<V>> {
    const map = this.#current()
    if (map === undefined) return new Map()
    if (this.#queue.refreshesOnRead) for (const cell of map.cells.values()) this.#refresh(this.#keys.currentSlot, cell)
    return map.cells
  }

  #refresh(slot: number, cell: Cell<V>): void {
    const stamp = this.#queue.stamp()
    if (stamp <= cell.stamp) return
    cell.stamp = stamp
    this.#keys.mark(slot)
  }

  #dropExpired(slot: number, now: number): StampedMap<K, V> | undefined {
    const map = this.#maps[slot]
    if (map === undefined || !this.#queue.hasExpired(map.oldest, now)) return map
    const sizeBefore = map.cells.size
    let oldest = Number.POSITIVE_INFINITY
    for (const [key, { stamp }] of map.cells) {
      if (this.#queue.hasExpired(stamp, now)) map.cells.delete(key)
      else oldest = Math.min(oldest, stamp)
    }
    map.oldest = oldest
    if (map.cells.size === sizeBefore) return map
    this.#keys.mark(slot)
    if (map.cells.size > 0) return map
    this.#drop(slot)
    return undefined
  }

  #drop(slot: number): void {
    this.#maps[slot] = undefined
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }
}

function* entriesOf<K, V>(cells: ReadonlyMap<K, Cell<V>>): IterableIterator<[K, V]> {
  for (const [key, { value }] of cells) yield [key, value]
}

function* valuesOf<V>(cells: ReadonlyMap<unknown, Cell<V>>): IterableIterator<V> {
  for (const { value } of cells.values()) yield value
}
