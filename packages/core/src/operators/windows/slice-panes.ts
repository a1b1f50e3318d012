import type { Key } from '../../elements/key.ts'

/** The accumulators of slices, in whichever form they are kept. What an implementation keeps itself is a cache over the state. */
export interface SlicePanes<In, Out> {
  get(start: number): SlicePane<In, Out> | undefined
  getOrCreate(start: number): SlicePane<In, Out>
  remove(start: number): void
  /** The starts of all slices that have a pane, ascending. */
  starts(): number[]
}

/** The accumulators of one slice, by slot. */
export interface SlicePane<In, Out> {
  /** Takes a record of the slot's key. Hot. */
  add(slot: number, value: In, timestamp: number): void
  /** Slots that have an accumulator, in the order of their keys. */
  slotsByKey(): readonly number[]
  /** What the slice alone comes to as a window, for a slot that has an accumulator. */
  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined
}
