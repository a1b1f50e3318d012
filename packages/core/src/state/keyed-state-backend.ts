import type { Key } from '../elements/key.ts'
import type { Codec } from './codec.ts'
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from './descriptors.ts'
import type { FlatLayout, FlatPaneTable } from './flat-panes.ts'
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from './state.ts'

/**
 * The keyed state of one operator: every entry is addressed by (state, key, namespace, entry).
 *
 * The host sets the current key before each record and each timer; the states of the operator then read and write that
 * key's entries. A key is held as a *slot*, a small number that stays the same while the key has anything left, so that
 * one hash a record finds all of its states. Writes mark the slot as changed; reads and `setCurrentKey` do not. A key
 * with nothing left (no value, no pane, no timer) is forgotten and its slot used again.
 */
export interface KeyedStateBackend {
  /** The key that states now read and write. @throws CORE_KEY_INVALID for what cannot be a key. */
  setCurrentKey(key: Key): void
  /** The same for a slot that is known to be alive: no hash. */
  setCurrentSlot(slot: number): void
  readonly currentKey: Key
  /** The current key's slot, or -1 while the key has nothing. */
  readonly currentSlot: number
  /** The current key's slot, made if there is none. Only for what is about to write. */
  ensureSlot(): number
  keyOfSlot(slot: number): Key

  value<T>(name: string, descriptor: ValueStateDescriptor<T>): ValueState<T>
  list<T>(name: string, descriptor: ListStateDescriptor<T>): ListState<T>
  map<K, V>(name: string, descriptor: MapStateDescriptor<K, V>): MapState<K, V>
  reducing<T>(name: string, descriptor: ReducingStateDescriptor<T>): ReducingState<T>
  aggregating<In, Acc, Out>(
    name: string,
    descriptor: AggregatingStateDescriptor<In, Acc, Out>,
  ): AggregatingState<In, Out>
  /**
   * Calls `apply` for each key that has something in this state, in the order of keys, with that key as the current one;
   * afterwards no key is current. It may write this key's states.
   */
  applyToKeys(name: string, apply: (key: Key) => void): void
  /** Accumulators by (key, namespace), for the engine's own operators. */
  panes<A>(name: string, codec?: Codec<A>): PaneTable<A>
  /**
   * The same where accumulators are rows of doubles. Takes what an older snapshot holds as objects.
   * @throws CORE_STATE_INCOMPATIBLE when rows were written in another layout.
   */
  flatPanes(name: string, layout: FlatLayout): FlatPaneTable

  /** How many keys have anything. */
  readonly keyCount: number
}

/**
 * Accumulators of windows: one `Pane` a namespace (a slice's start), one cell a key in it. Unlike other states the cells
 * are changed in place; whoever changes one through `Pane.accumulators` calls `mark`.
 */
export interface PaneTable<A> {
  /** The pane of a namespace, if any key has a cell in it. */
  get(namespace: number): Pane<A> | undefined
  getOrCreate(namespace: number): Pane<A>
  /** Removes a pane with all its cells; keys with nothing left go. */
  remove(namespace: number): void
  /** Namespaces that have a pane, ascending. */
  namespaces(): number[]
}

export interface Pane<A> {
  readonly namespace: number
  /** By slot; `undefined` where the key has no cell. Read freely; write through `set`, `mark` and `delete`. */
  readonly accumulators: readonly (A | undefined)[]
  /** Slots that have a cell, in the order of their keys (`compareKeys`), so that what fires fires in one order. */
  slotsByKey(): readonly number[]
  readonly size: number
  /** Writes the cell of a slot and marks it. */
  set(slot: number, accumulator: A): void
  /** Says that the accumulator of this slot was changed in place. */
  mark(slot: number): void
  delete(slot: number): void
}
