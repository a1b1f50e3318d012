/**
 * How slices become windows, key by key: the part of a slice window in which tumbling and sliding windows differ. What an
 * implementation keeps is a cache over the panes. Windows are opened in the order of their ends, one at a time.
 */
export interface SliceMerger<A> {
  /**
   * Makes the window that ends at `end` ready. `slices` are those that end in it and in no window before, ascending.
   * Gives the slots of the keys that have a record in it, in the order of the keys; not changed before `close`.
   */
  open(end: number, slices: readonly number[]): readonly number[]
  /** What a key's slices in the open window come to. Read-only. */
  accumulatorOf(slot: number): A
  /** The open window is done: lets go of what no later window holds, before its slices are freed. */
  close(end: number): void
  /** Does the window after the last that was closed hold a record that it shares with that one? */
  readonly hasMore: boolean
  /**
   * A record came into a slice that was given to `open` already and that windows to come still hold: `record` is what it
   * alone comes to, and its slice has it.
   */
  addLate(slice: number, slot: number, record: A): void
}
