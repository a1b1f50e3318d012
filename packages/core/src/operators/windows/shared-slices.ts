import { compareKeys, type Key } from '../../elements/key.ts'
import type { AggregateFunction } from '../../functions/aggregate-function.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { PaneTable } from '../../state/keyed-state-backend.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { MakeResultOf, SliceMerger } from './slice-merger.ts'
import type { SliceQueue } from './slice-queue.ts'

type Aggregate<In> = AggregateFunction<In, CombinedAccumulator, unknown>
type MakeResult<Out> = (key: Key, start: number, end: number, accumulator: CombinedAccumulator) => Out

/**
 * Windows that share slices, sliding and cumulative: a queue of slices for each key that has a record in the window (see
 * `sliceQueues`), and the list of those keys in their order. So a window costs as much as it has keys, whatever the number
 * of its slices.
 */
export class SharedSlices<In, Out> implements SliceMerger<In, Out> {
  readonly #scheme: SliceScheme
  readonly #panes: PaneTable<CombinedAccumulator>
  readonly #aggregate: Aggregate<In>
  readonly #makeResult: MakeResult<Out>
  readonly #makeQueue: () => SliceQueue<CombinedAccumulator>
  readonly #keyOfSlot: (slot: number) => Key
  /** By slot. */
  readonly #queues: (SliceQueue<CombinedAccumulator> | undefined)[] = []
  /** Slots that have a queue, in the order of their keys. */
  #active: number[] = []

  constructor(
    scheme: SliceScheme,
    panes: PaneTable<CombinedAccumulator>,
    aggregate: Aggregate<In>,
    makeResult: MakeResult<Out>,
    makeQueue: () => SliceQueue<CombinedAccumulator>,
    keyOfSlot: (slot: number) => Key,
  ) {
    this.#scheme = scheme
    this.#panes = panes
    this.#aggregate = aggregate
    this.#makeResult = makeResult
    this.#makeQueue = makeQueue
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
        let queue = this.#queues[slot]
        if (queue === undefined) {
          queue = this.#queueOf(slot)
          newcomers.push(slot)
        }
        queue.push(slice, pane.accumulators[slot] as CombinedAccumulator)
      }
      this.#insert(newcomers)
    }
    return this.#active
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out {
    return this.#makeResult(key, start, end, (this.#queues[slot] as SliceQueue<CombinedAccumulator>).value())
  }

  close(end: number): void {
    const oldest = this.#scheme.windowStart(this.#scheme.nextWindowEnd(end))
    const active = this.#active
    let kept = 0
    for (const slot of active) {
      const queue = this.#queues[slot] as SliceQueue<CombinedAccumulator>
      queue.evictBefore(oldest)
      if (queue.isEmpty) this.#queues[slot] = undefined
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
    const queue = this.#queues[slot]
    if (queue !== undefined) {
      queue.addLate(slice, accumulator, record)
      return
    }
    this.#queueOf(slot).push(slice, accumulator)
    this.#insert([slot])
  }

  again(slot: number, slices: readonly number[]): MakeResultOf<Out> {
    const queue = this.#makeQueue()
    let i = 0
    return (key, start, end) => {
      for (; i < slices.length && (slices[i] as number) < end; i++) {
        const slice = slices[i] as number
        const accumulator = this.#panes.get(slice)?.accumulators[slot]
        if (accumulator !== undefined) queue.push(slice, accumulator)
      }
      queue.evictBefore(start)
      return this.#makeResult(key, start, end, queue.value())
    }
  }

  #queueOf(slot: number): SliceQueue<CombinedAccumulator> {
    // By growing one by one the array stays a dense one.
    while (this.#queues.length <= slot) this.#queues.push(undefined)
    const queue = this.#makeQueue()
    this.#queues[slot] = queue
    return queue
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
