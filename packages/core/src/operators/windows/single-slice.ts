import type { Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { SliceMerger } from './slice-merger.ts'

/** Tumbling windows: each is one slice, and nothing is merged. */
export class SingleSlice<A> implements SliceMerger<A> {
  readonly hasMore = false
  readonly #scheme: SliceScheme
  readonly #panes: PaneTable<A>
  #pane: Pane<A> | undefined

  constructor(scheme: SliceScheme, panes: PaneTable<A>) {
    this.#scheme = scheme
    this.#panes = panes
  }

  open(end: number): readonly number[] {
    this.#pane = this.#panes.get(this.#scheme.windowStart(end))
    return this.#pane === undefined ? [] : this.#pane.slotsByKey()
  }

  accumulatorOf(slot: number): A {
    return this.#pane?.accumulators[slot] as A
  }

  close(): void {
    this.#pane = undefined
  }

  addLate(): void {
    // No window to come holds a slice that was in one before.
  }
}
