import type { ListState } from '../../state.ts'
import type { StateClock } from '../../state-clock.ts'
import type { CheckedTtl } from '../../ttl.ts'
import type { Column, ExpiringColumn, Stamps } from './column.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import type { KeyTable } from './key-table.ts'

const EMPTY: readonly never[] = Object.freeze([])

interface StampedList<T> {
  readonly values: T[]
  readonly stamps: number[]
  /** No entry is older. */
  oldest: number
}

/** A list state of all keys that forgets entry by entry. */
export class TtlListColumn<T> implements ListState<T>, Column, ExpiringColumn {
  readonly expiry: ExpiringColumn = this
  readonly #keys: KeyTable
  readonly #lists: (StampedList<T> | undefined)[] = []
  readonly #queue: ExpiryQueue

  constructor(keys: KeyTable, state: string, ttl: CheckedTtl, clock: StateClock) {
    this.#keys = keys
    this.#queue = new ExpiryQueue(state, ttl, clock, (slot, now) => this.#dropExpired(slot, now)?.oldest)
  }

  get(): readonly T[] {
    const slot = this.#keys.currentSlot
    if (slot < 0) return EMPTY
    const list = this.#dropExpired(slot, this.#queue.tick())
    if (list === undefined) return EMPTY
    if (this.#queue.refreshesOnRead) this.#refresh(slot, list)
    return list.values
  }

  add(value: T): void {
    this.#queue.tick()
    this.#append(value, this.#queue.stamp())
  }

  addAll(values: readonly T[]): void {
    // A list that is added to itself grows on the way.
    const { length } = values
    for (let i = 0; i < length; i++) this.add(values[i] as T)
  }

  update(values: readonly T[]): void {
    this.clear()
    this.addAll(values)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot >= 0) this.#replace(slot, undefined)
  }

  read(slot: number): unknown {
    return this.#lists[slot]?.values
  }

  stampsOf(slot: number): Stamps {
    return this.#lists[slot]?.stamps ?? []
  }

  restore(slot: number, values: unknown, stamps: Stamps | undefined): void {
    const list = { values: [...(values as T[])], stamps: [...(stamps as number[])], oldest: 0 }
    list.oldest = leastOf(list.stamps)
    this.#lists[slot] = list
    this.#keys.retain(slot)
    this.#queue.schedule(slot, list.oldest)
  }

  holds(slot: number): boolean {
    return this.#dropExpired(slot, this.#queue.now()) !== undefined
  }

  sweep(): void {
    this.#queue.sweep()
  }

  #append(value: T, stamp: number): void {
    const slot = this.#keys.ensureSlot()
    const list = this.#lists[slot]
    if (list === undefined) {
      this.#lists[slot] = { values: [value], stamps: [stamp], oldest: stamp }
      this.#keys.retain(slot)
    } else {
      list.values.push(value)
      list.stamps.push(stamp)
      list.oldest = Math.min(list.oldest, stamp)
    }
    this.#keys.mark(slot)
    this.#queue.schedule(slot, stamp)
  }

  #refresh(slot: number, list: StampedList<T>): void {
    const stamp = this.#queue.stamp()
    if (stamp <= list.oldest) return
    for (let i = 0; i < list.stamps.length; i++) list.stamps[i] = Math.max(list.stamps[i] as number, stamp)
    list.oldest = stamp
    this.#keys.mark(slot)
  }

  /** The slot's list with what is left; a list that was handed out before stays as it was. */
  #dropExpired(slot: number, now: number): StampedList<T> | undefined {
    const list = this.#lists[slot]
    if (list === undefined || !this.#queue.hasExpired(list.oldest, now)) return list
    const left: StampedList<T> = { values: [], stamps: [], oldest: Number.POSITIVE_INFINITY }
    list.stamps.forEach((stamp, i) => {
      if (this.#queue.hasExpired(stamp, now)) return
      left.values.push(list.values[i] as T)
      left.stamps.push(stamp)
      left.oldest = Math.min(left.oldest, stamp)
    })
    if (left.values.length < list.values.length) return this.#replace(slot, left.values.length === 0 ? undefined : left)
    list.oldest = left.oldest
    return list
  }

  #replace(slot: number, list: StampedList<T> | undefined): StampedList<T> | undefined {
    const held = this.#lists[slot]
    if (held === undefined) return undefined
    this.#lists[slot] = list
    this.#keys.mark(slot)
    if (list === undefined) this.#keys.release(slot)
    return list
  }
}

function leastOf(stamps: readonly number[]): number {
  return stamps.reduce((least, stamp) => Math.min(least, stamp), Number.POSITIVE_INFINITY)
}
