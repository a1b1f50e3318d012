import { compareKeys, type Key } from '../../elements/key.ts'
import type { PaneTable } from '../../state/keyed-state-backend.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { SliceMerger } from './slice-merger.ts'
import { type Merging, TwoStacks } from './two-stacks.ts'

/**
 * Sliding windows: two stacks for each key that has a record in the window, and the list of those keys in their order. So a
 * window costs as much as it has keys, whatever the number of its slices.
 */
export class SharedSlices<A> implements SliceMerger<A> {
  readonly #scheme: SliceScheme
  readonly #panes: PaneTable<A>
  readonly #merging: Merging<A>
  readonly #keyOfSlot: (slot: number) => Key
  /** By slot. */
  readonly #stacks: (TwoStacks<A> | undefined)[] = []
  /** Slots that have stacks, in the order of their keys. */
  #active: number[] = []

  constructor(scheme: SliceScheme, panes: PaneTable<A>, merging: Merging<A>, keyOfSlot: (slot: number) => Key) {
    this.#scheme = scheme
    this.#panes = panes
    this.#merging = merging
    this.#keyOfSlot = keyOfSlot
  }

  get hasMore(): boolean {
    return this.#active.length > 0
  }

  open(_end: number, slices: readonly number[]): readonly number[] {
    for (const slice of slices) {
      const pane = this.#panes.get(slice)
      if (pane === undefined) continue
      const newcomers: number[] = []
      for (const slot of pane.slotsByKey()) {
        let stacks = this.#stacks[slot]
        if (stacks === undefined) {
          stacks = this.#stacksOf(slot)
          newcomers.push(slot)
        }
        stacks.push(slice, pane.accumulators[slot] as A)
      }
      this.#insert(newcomers)
    }
    return this.#active
  }

  accumulatorOf(slot: number): A {
    return (this.#stacks[slot] as TwoStacks<A>).value()
  }

  close(end: number): void {
    const oldest = this.#scheme.windowStart(this.#scheme.nextWindowEnd(end))
    const active = this.#active
    let kept = 0
    for (const slot of active) {
      const stacks = this.#stacks[slot] as TwoStacks<A>
      stacks.evictBefore(oldest)
      if (stacks.isEmpty) this.#stacks[slot] = undefined
      else active[kept++] = slot
    }
    active.length = kept
  }

  addLate(slice: number, slot: number, record: A): void {
    const accumulator = this.#panes.get(slice)?.accumulators[slot] as A
    const stacks = this.#stacks[slot]
    if (stacks !== undefined) {
      stacks.addLate(slice, accumulator, record)
      return
    }
    this.#stacksOf(slot).push(slice, accumulator)
    this.#insert([slot])
  }

  #stacksOf(slot: number): TwoStacks<A> {
    // By growing one by one the array stays a dense one.
    while (this.#stacks.length <= slot) this.#stacks.push(undefined)
    const stacks = new TwoStacks(this.#merging)
    this.#stacks[slot] = stacks
    return stacks
  }

  /** Merges slots, in the order of their keys, into the active ones. */
  #insert(newcomers: readonly number[]): void {
    if (newcomers.length === 0) return
    const before = this.#active
    const merged: number[] = []
    let i = 0
    for (const slot of newcomers) {
      const key = this.#keyOfSlot(slot)
      while (i < before.length && compareKeys(this.#keyOfSlot(before[i] as number), key) < 0) {
        merged.push(before[i++] as number)
      }
      merged.push(slot)
    }
    while (i < before.length) merged.push(before[i++] as number)
    this.#active = merged
  }
}
