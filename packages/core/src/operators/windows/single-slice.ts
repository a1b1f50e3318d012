import type { Pane, PaneTable } from '../../state/keyed-state-backend.ts'
import type { AlignedWindows } from './assigners/aligned-windows.ts'
import type { SliceMerger } from './slice-merger.ts'

/** Tumbling windows: each is one slice, and nothing is merged. */
export class SingleSlice<A> implements SliceMerger<A> {
  readonly hasMore = false
  readonly #windows: AlignedWindows
  readonly #panes: PaneTable<A>
  #pane: Pane<A> | undefined

  constructor(windows: AlignedWindows, panes: PaneTable<A>) {
    this.#windows = windows
    this.#panes = panes
  }

  open(end: number): readonly number[] {
    this.#pane = this.#panes.get(end - this.#windows.sizeMs)
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
