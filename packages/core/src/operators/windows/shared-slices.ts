import { compareKeys, type Key } from '../../elements/key.ts'
import type { AggregateFunction } from '../../functions/aggregate-function.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { PaneTable } from '../../state/keyed-state-backend.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { MakeResultOf, SliceMerger } from './slice-merger.ts'
import { TwoStacks } from './two-stacks.ts'

type Aggregate<In> = AggregateFunction<In, CombinedAccumulator, unknown>
type MakeResult<Out> = (key: Key, start: number, end: number, accumulator: CombinedAccumulator) => Out

/**
 * Windows that share slices, sliding and cumulative: two stacks for each key that has a record in the window, and the list of those keys in their order. So a
 * window costs as much as it has keys, whatever the number of its slices.
 */
export class SharedSlices<In, Out> implements SliceMerger<In, Out> {
  readonly #scheme: SliceScheme
  readonly #panes: PaneTable<CombinedAccumulator>
  readonly #aggregate: Aggregate<In>
  readonly #makeResult: MakeResult<Out>
  readonly #keyOfSlot: (slot: number) => Key
  /** By slot. */
  readonly #stacks: (TwoStacks<CombinedAccumulator> | undefined)[] = []
  /** Slots that have stacks, in the order of their keys. */
  #active: number[] = []

  constructor(
    scheme: SliceScheme,
    panes: PaneTable<CombinedAccumulator>,
    aggregate: Aggregate<In>,
    makeResult: MakeResult<Out>,
    keyOfSlot: (slot: number) => Key,
  ) {
    this.#scheme = scheme
    this.#panes = panes
    this.#aggregate = aggregate
    this.#makeResult = makeResult
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
        stacks.push(slice, pane.accumulators[slot] as CombinedAccumulator)
      }
      this.#insert(newcomers)
    }
    return this.#active
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out {
    return this.#makeResult(key, start, end, (this.#stacks[slot] as TwoStacks<CombinedAccumulator>).value())
  }

  close(end: number): void {
    const oldest = this.#scheme.windowStart(this.#scheme.nextWindowEnd(end))
    const active = this.#active
    let kept = 0
    for (const slot of active) {
      const stacks = this.#stacks[slot] as TwoStacks<CombinedAccumulator>
      stacks.evictBefore(oldest)
      if (stacks.isEmpty) this.#stacks[slot] = undefined
      else active[kept++] = slot
    }
    active.length = kept
  }

  addLate(slice: number, slot: number, value: In, timestamp: number, isHeld: boolean): void {
    const record = this.#aggregate.add(this.#aggregate.create(), value, timestamp)
    const pane = this.#panes.getOrCreate(slice)
    const before = pane.accumulators[slot]
    const accumulator = before === undefined ? record : this.#aggregate.merge(before, record)
    pane.set(slot, accumulator)
    if (!isHeld) return
    const stacks = this.#stacks[slot]
    if (stacks !== undefined) {
      stacks.addLate(slice, accumulator, record)
      return
    }
    this.#stacksOf(slot).push(slice, accumulator)
    this.#insert([slot])
  }

  again(slot: number, slices: readonly number[]): MakeResultOf<Out> {
    const stacks = new TwoStacks(this.#aggregate)
    let i = 0
    return (key, start, end) => {
      for (; i < slices.length && (slices[i] as number) < end; i++) {
        const slice = slices[i] as number
        const accumulator = this.#panes.get(slice)?.accumulators[slot]
        if (accumulator !== undefined) stacks.push(slice, accumulator)
      }
      stacks.evictBefore(start)
      return this.#makeResult(key, start, end, stacks.value())
    }
  }

  #stacksOf(slot: number): TwoStacks<CombinedAccumulator> {
    // By growing one by one the array stays a dense one.
    while (this.#stacks.length <= slot) this.#stacks.push(undefined)
    const stacks = new TwoStacks(this.#aggregate)
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
