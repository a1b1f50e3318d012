import type { Key } from '../../elements/key.ts'

/**
 * The accumulators of slices, in whichever form they are kept, and what several of them come to. What an implementation keeps itself is a
 * cache over the state. `Queue` is one key's slices in a window that slides, in the same form.
 */
export interface SlicePanes<In, Out, Queue = unknown> {
  get(start: number): SlicePane<In, Out, Queue> | undefined
  getOrCreate(start: number): SlicePane<In, Out, Queue>
  remove(start: number): void
  /** The starts of all slices that have a pane, ascending. */
  starts(): number[]
  createQueue(): Queue
  /** What the slices of a queue come to as a window. */
  resultOf(queue: Queue, key: Key, start: number, end: number): Out | undefined
}

/** The accumulators of one slice, by slot. */
export interface SlicePane<In, Out, Queue = unknown> {
  /** Takes a record of the slot's key. Hot. */
  add(slot: number, value: In, timestamp: number): void
  /**
   * Takes a record of which a window has fired, and tells the key's queue of it, where one holds the slice or a window that it
   * holds is still to come.
   */
  addLate(slot: number, value: In, timestamp: number, queue: Queue | undefined): void
  has(slot: number): boolean
  /** Slots that have an accumulator, in the order of their keys. */
  slotsByKey(): readonly number[]
  /** Adds the slice of a slot that has an accumulator to the new end of a queue. */
  pushTo(queue: Queue, slot: number): void
  /** What the slice alone comes to as a window, for a slot that has an accumulator. */
  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined
}
