import type { Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { CombinedAggregate } from '../../functions/aggregates/combine-aggregates.ts'
import { combineFlat } from '../../functions/aggregates/combine-flat.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { SliceScheme } from './assigners/slice-scheme.ts'
import { FlatSlicePanes } from './flat-slice-panes.ts'
import type { Gathering } from './gathering.ts'
import { ObjectSlicePanes } from './object-slice-panes.ts'
import { SharedSlices, type Sliding } from './shared-slices.ts'
import { SingleSlice } from './single-slice.ts'
import type { SliceMerger } from './slice-merger.ts'
import type { SlicePanes } from './slice-panes.ts'
import type { SliceQueue } from './slice-queue.ts'
import { sliceQueues } from './slice-queues.ts'
import { flatResultMaker, resultMaker, type WindowResult } from './window-results.ts'

/** How accumulators are kept, and how slices become windows. */
export interface KeptSlices<In, Out> {
  readonly panes: SlicePanes<In, Out>
  readonly merger: SliceMerger<In, Out>
}

/** Declares the state of slices. */
export type KeepSlices<In, Out> = (state: KeyedStateBackend) => KeptSlices<In, Out>

/** The name of the state that slices are in. */
export const SLICES = 'slices'

/** Rows of doubles, where all aggregates have a flat form, else objects (decision 0014). */
export function keepAggregates<In, K extends Key, A extends Aggregates<In>>(
  scheme: SliceScheme,
  aggregate: CombinedAggregate<In, A>,
): KeepSlices<In, WindowResult<K, A>> {
  const flat = combineFlat(aggregate.names, aggregate.parts)
  if (flat === undefined) {
    const gathering = { ...aggregate, contents: resultMaker<In, K, A>(aggregate) }
    return keepObjects(scheme, gathering, sliceQueues(aggregate.names, aggregate.parts), false)
  }
  const makeFlat = flatResultMaker<In, K, A>(aggregate.names, flat)
  return (state) => keptIn(new FlatSlicePanes(state, SLICES, flat, makeFlat), scheme, state, false)
}

/** @param isOrdered see `SharedSlices`. */
export function keepObjects<In, Acc, Out>(
  scheme: SliceScheme,
  gathering: Gathering<In, Acc, Out>,
  makeQueue: () => SliceQueue<Acc>,
  isOrdered: boolean,
): KeepSlices<In, Out> {
  return (state) =>
    keptIn(new ObjectSlicePanes(state.panes<Acc>(SLICES), gathering, makeQueue), scheme, state, isOrdered)
}

function keptIn<In, Out, Queue extends Sliding>(
  panes: SlicePanes<In, Out, Queue>,
  scheme: SliceScheme,
  state: KeyedStateBackend,
  isOrdered: boolean,
): KeptSlices<In, Out> {
  if (scheme.isOneSliceEach) return { panes, merger: new SingleSlice(scheme, panes) }
  return { panes, merger: new SharedSlices(scheme, panes, isOrdered, (slot) => state.keyOfSlot(slot)) }
}
