import { compareKeys, type Key } from '../../elements/key.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { MakeResultOf, SliceMerger } from './slice-merger.ts'
import type { SlicePanes } from './slice-panes.ts'

/** One key's slices, in whichever form. */
export interface Sliding {
  readonly isEmpty: boolean
  /** Lets go of slices that start before `oldest`. */
  evictBefore(oldest: number): void
}

/**
 * Windows that share slices, sliding and cumulative: a queue of slices for each key that has a record in the window, and the
 * list of those keys in their order. So a window costs as much as it has keys, whatever the number of its slices.
 */
export class SharedSlices<In, Out, Queue extends Sliding> implements SliceMerger<In, Out> {
  readonly #scheme: SliceScheme
  readonly #panes: SlicePanes<In, Out, Queue>
  readonly #isOrdered: boolean
  readonly #keyOfSlot: (slot: number) => Key
  /** By slot. */
  readonly #queues: (Queue | undefined)[] = []
  /** Slots that have a queue, in the order of their keys. */
  #active: number[] = []
  /** Slots whose queues are to be made again: a record came late between others, and its place matters. */
  readonly #stale = new Set<number>()

  /** @param isOrdered what records come to depends on the order of slices; they cannot be added behind newer ones. */
  constructor(
    scheme: SliceScheme,
    panes: SlicePanes<In, Out, Queue>,
    isOrdered: boolean,
    keyOfSlot: (slot: number) => Key,
  ) {
    this.#scheme = scheme
    this.#panes = panes
    this.#isOrdered = isOrdered
    this.#keyOfSlot = keyOfSlot
  }

  get hasMore(): boolean {
    return this.#active.length > 0
  }

  open(end: number, slices: readonly number[]): readonly number[] {
    if (this.#stale.size > 0) this.#makeAgain(this.#scheme.windowStart(end), slices[0] ?? end)
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
        pane.pushTo(queue, slot)
      }
      this.#insert(newcomers)
    }
    return this.#active
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined {
    return this.#panes.resultOf(this.#queues[slot] as Queue, key, start, end)
  }

  close(end: number): void {
    const oldest = this.#scheme.windowStart(this.#scheme.nextWindowEnd(end))
    const active = this.#active
    let kept = 0
    for (const slot of active) {
      const queue = this.#queues[slot] as Queue
      queue.evictBefore(oldest)
      if (queue.isEmpty) this.#queues[slot] = undefined
      else active[kept++] = slot
    }
    active.length = kept
  }

  addLate(slice: number, slot: number, value: In, timestamp: number, isHeld: boolean): void {
    const pane = this.#panes.getOrCreate(slice)
    const queue = isHeld ? this.#queues[slot] : undefined
    pane.addLate(slot, value, timestamp, this.#isOrdered ? undefined : queue)
    if (!isHeld) return
    if (queue !== undefined) {
      if (this.#isOrdered) this.#stale.add(slot)
      return
    }
    pane.pushTo(this.#queueOf(slot), slot)
    this.#insert([slot])
  }

  again(slot: number, slices: readonly number[]): MakeResultOf<Out> {
    const queue = this.#panes.createQueue()
    let i = 0
    return (key, start, end) => {
      for (; i < slices.length && (slices[i] as number) < end; i++) {
        const pane = this.#panes.get(slices[i] as number)
        if (pane?.has(slot) === true) pane.pushTo(queue, slot)
      }
      queue.evictBefore(start)
      return this.#panes.resultOf(queue, key, start, end)
    }
  }

  /** Stale queues, from the slices that start between two times: late records of a key cost this once, however many they were. */
  #makeAgain(from: number, to: number): void {
    const held = this.#panes.starts().filter((slice) => slice >= from && slice < to)
    for (const slot of this.#stale) {
      const queue = this.#queueOf(slot)
      for (const slice of held) {
        const pane = this.#panes.get(slice)
        if (pane?.has(slot) === true) pane.pushTo(queue, slot)
      }
    }
    this.#stale.clear()
  }

  #queueOf(slot: number): Queue {
    // By growing one by one the array stays a dense one.
    while (this.#queues.length <= slot) this.#queues.push(undefined)
    const queue = this.#panes.createQueue()
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
