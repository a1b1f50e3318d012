import type { Key } from '../../elements/key.ts'

/** Makes the result of a key's window, windows in the order of their ends; `undefined` where there is nothing to give. */
export type MakeResultOf<Out> = (key: Key, start: number, end: number) => Out | undefined

/**
 * How slices become windows, key by key: the part of a slice window in which windows of one slice and windows that share slices
 * differ. What an implementation keeps is a cache over the panes. Windows are opened in the order of their ends, one at a time.
 */
export interface SliceMerger<In, Out> {
  /**
   * Makes the window that ends at `end` ready. `slices` are those that end in it and in no window before, ascending.
   * Gives the slots of the keys that have a record in it, in the order of the keys; not changed before `close`.
   */
  open(end: number, slices: readonly number[]): readonly number[]
  /** The result of a key in the open window; `undefined` where there is nothing to give. */
  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined
  /** The open window is done: lets go of what no later window holds, before its slices are freed. */
  close(end: number): void
  /** Does the window after the last that was closed hold a record that it shares with that one? */
  readonly hasMore: boolean
  /**
   * Takes a record into a slice that has a pane, and that was given to `open` already or would have been. `isHeld` where windows to
   * come hold the slice still.
   */
  addLate(slice: number, slot: number, value: In, timestamp: number, isHeld: boolean): void
  /** Makes results of a key's windows anew, after they have fired. `slices` are all that they hold, ascending. */
  again(slot: number, slices: readonly number[]): MakeResultOf<Out>
}
