import type { Key } from '../../elements/key.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import type { MakeResultOf, SliceMerger } from './slice-merger.ts'
import type { SlicePane, SlicePanes } from './slice-panes.ts'

/** Tumbling windows: each is one slice, and nothing is merged. */
export class SingleSlice<In, Out> implements SliceMerger<In, Out> {
  readonly hasMore = false
  readonly #scheme: SliceScheme
  readonly #panes: SlicePanes<In, Out>
  #pane: SlicePane<In, Out> | undefined

  constructor(scheme: SliceScheme, panes: SlicePanes<In, Out>) {
    this.#scheme = scheme
    this.#panes = panes
  }

  open(end: number): readonly number[] {
    this.#pane = this.#panes.get(this.#scheme.windowStart(end))
    return this.#pane === undefined ? [] : this.#pane.slotsByKey()
  }

  resultOf(slot: number, key: Key, start: number, end: number): Out | undefined {
    return (this.#pane as SlicePane<In, Out>).resultOf(slot, key, start, end)
  }

  close(): void {
    this.#pane = undefined
  }

  addLate(slice: number, slot: number, value: In, timestamp: number): void {
    this.#panes.get(slice)?.add(slot, value, timestamp)
  }

  again(slot: number): MakeResultOf<Out> {
    return (key, start, end) => (this.#panes.get(start) as SlicePane<In, Out>).resultOf(slot, key, start, end)
  }
}
