/**
 * One key's slices in a window that slides, and what they come to. Slices enter at the new end and leave at the old one. A cache: all of
 * it can be made again from the slices. Slices' accumulators are referred to, not changed.
 */
export interface SliceQueue<A> {
  readonly isEmpty: boolean
  /** Takes in a slice newer than all others. */
  push(start: number, slice: A): void
  /** Lets go of slices that start before `oldest`. */
  evictBefore(oldest: number): void
  /** All slices merged. Read-only: it may be a slice's own accumulator. */
  value(): A
  /** A record came late into a slice among these, new or not: `slice` has it by now, and `record` is what it alone comes to. */
  addLate(start: number, slice: A, record: A): void
}
