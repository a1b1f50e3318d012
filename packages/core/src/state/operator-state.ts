import type { BroadcastStateDescriptor, OperatorListStateDescriptor } from './descriptors.ts'
import type { ListState, MapState } from './state.ts'

/** State of an operator as a whole: a list of entries, dealt out anew when the job is rescaled. Plain data. */
export type OperatorListState<T> = ListState<T>

/** Declared state that belongs to the operator itself: lists, of which each subtask has a part, and maps that each has whole. */
export interface OperatorStateStore {
  /** The list of this name: what a snapshot restored, or empty. */
  list<T>(name: string, descriptor?: OperatorListStateDescriptor<T>): OperatorListState<T>
  /** The map of this name: what a snapshot restored, or empty; in insertion order, the same in every subtask. */
  broadcast<K, V>(name: string, descriptor: BroadcastStateDescriptor<K, V>): MapState<K, V>
}
