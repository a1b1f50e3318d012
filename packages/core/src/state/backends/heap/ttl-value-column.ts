import type { ValueState } from '../../state.ts'
import type { StateClock } from '../../state-clock.ts'
import type { CheckedTtl } from '../../ttl.ts'
import type { Column, ExpiringColumn, Stamps } from './column.ts'
import { ExpiryQueue } from './expiry-queue.ts'
import type { KeyTable } from './key-table.ts'

/** A value state of all keys that forgets: values and the times of their writing, arrays by slot. */
export class TtlValueColumn<T> implements ValueState<T>, Column, ExpiringColumn {
  readonly expiry: ExpiringColumn = this
  readonly #keys: KeyTable
  readonly #values: (T | undefined)[] = []
  readonly #stamps: number[] = []
  readonly #queue: ExpiryQueue

  constructor(keys: KeyTable, state: string, ttl: CheckedTtl, clock: StateClock) {
    this.#keys = keys
    this.#queue = new ExpiryQueue(state, ttl, clock, (slot, now) => this.#sweepSlot(slot, now))
  }

  get(): T | undefined {
    const slot = this.#keys.currentSlot
    if (slot < 0) return undefined
    const now = this.#queue.tick()
    const value = this.#values[slot]
    if (value === undefined || this.#queue.hasExpired(this.#stamps[slot] as number, now)) return undefined
    if (this.#queue.refreshesOnRead) this.#refresh(slot)
    return value
  }

  set(value: T | undefined): void {
    if (value === undefined) {
      this.clear()
      return
    }
    const now = this.#queue.tick()
    const stamp = this.#queue.stamp()
    const slot = this.#keys.ensureSlot()
    const isHeld = this.#values[slot] !== undefined
    if (!isHeld) this.#keys.retain(slot)
    const before = this.#stamps[slot] as number
    // A late record does not make older what a newer one has written.
    this.#stamps[slot] = isHeld && !this.#queue.hasExpired(before, now) ? Math.max(before, stamp) : stamp
    this.#values[slot] = value
    this.#keys.mark(slot)
    this.#queue.schedule(slot, this.#stamps[slot] as number)
  }

  clear(): void {
    const slot = this.#keys.currentSlot
    if (slot >= 0) this.#drop(slot)
  }

  read(slot: number): unknown {
    return this.#values[slot]
  }

  stampsOf(slot: number): Stamps {
    return this.#stamps[slot] as number
  }

  restore(slot: number, value: unknown, stamps: Stamps | undefined): void {
    this.#values[slot] = value as T
    this.#stamps[slot] = stamps as number
    this.#keys.retain(slot)
    this.#queue.schedule(slot, stamps as number)
  }

  holds(slot: number): boolean {
    return this.#values[slot] !== undefined && !this.#queue.hasExpired(this.#stamps[slot] as number, this.#queue.now())
  }

  sweep(): void {
    this.#queue.sweep()
  }

  #refresh(slot: number): void {
    const stamp = this.#queue.stamp()
    if (stamp <= (this.#stamps[slot] as number)) return
    this.#stamps[slot] = stamp
    this.#keys.mark(slot)
  }

  #sweepSlot(slot: number, now: number): number | undefined {
    if (this.#values[slot] === undefined) return undefined
    const stamp = this.#stamps[slot] as number
    if (!this.#queue.hasExpired(stamp, now)) return stamp
    this.#drop(slot)
    return undefined
  }

  #drop(slot: number): void {
    if (this.#values[slot] === undefined) return
    this.#values[slot] = undefined
    this.#keys.mark(slot)
    this.#keys.release(slot)
  }
}
