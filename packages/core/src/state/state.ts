import type {
  AggregatingStateDescriptor,
  BroadcastStateDescriptor,
  BroadcastStateDescriptors,
  ListStateDescriptor,
  MapStateDescriptor,
  OperatorListStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptors,
  ValueStateDescriptor,
} from './descriptors.ts'

/** The current key's value. What `get` returns is read-only: change it by `set` with a new value. */
export interface ValueState<T> {
  get(): T | undefined
  set(value: T | undefined): void
  clear(): void
}

/** The current key's list, in the order of `add`. What `get` returns is read-only and not to be emitted or kept. */
export interface ListState<T> {
  get(): readonly T[]
  add(value: T): void
  addAll(values: readonly T[]): void
  /** Replaces the whole list. */
  update(values: readonly T[]): void
  clear(): void
}

/** A map that may be read. */
export interface ReadonlyMapState<K, V> {
  get(key: K): V | undefined
  has(key: K): boolean
  entries(): IterableIterator<[K, V]>
  keys(): IterableIterator<K>
  values(): IterableIterator<V>
  readonly size: number
}

/** The current key's map, in insertion order. */
export interface MapState<K, V> extends ReadonlyMapState<K, V> {
  put(key: K, value: V): void
  remove(key: K): void
  clear(): void
}

/** What the current key's values were folded to; `undefined` before the first. */
export interface ReducingState<T> {
  get(): T | undefined
  add(value: T): void
  clear(): void
}

/** The aggregate's result over the current key's values; `undefined` before the first. */
export interface AggregatingState<In, Out> {
  get(): Out | undefined
  add(value: In): void
  clear(): void
}

/** Broadcast state as the broadcast side sees it: every subtask must do the same to it. */
export type BroadcastState<K, V> = MapState<K, V>

/** Broadcast state as the other side sees it. */
export type ReadonlyBroadcastState<K, V> = ReadonlyMapState<K, V>

/** A state as a function sees it that declared the descriptor `D`. */
export type StateFor<D> =
  D extends ValueStateDescriptor<infer T>
    ? ValueState<T>
    : D extends ListStateDescriptor<infer T>
      ? ListState<T>
      : D extends MapStateDescriptor<infer K, infer V>
        ? MapState<K, V>
        : D extends ReducingStateDescriptor<infer T>
          ? ReducingState<T>
          : D extends AggregatingStateDescriptor<infer In, infer _Acc, infer Out>
            ? AggregatingState<In, Out>
            : D extends OperatorListStateDescriptor<infer T>
              ? ListState<T>
              : never

/** What a function sees of the states that it declared. */
export type StateOf<D extends StateDescriptors> = { readonly [Name in keyof D]: StateFor<D[Name]> }

/** Those among declared states that belong to the operator itself. */
export type OperatorStateOf<D extends StateDescriptors> = {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the list holds
  readonly [Name in keyof D as D[Name] extends OperatorListStateDescriptor<any> ? Name : never]: StateFor<D[Name]>
}

/** The names of those among declared states that belong to a key. */
export type KeyedStateName<D extends StateDescriptors> = {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the list holds
  [Name in keyof D]: D[Name] extends OperatorListStateDescriptor<any> ? never : Name
}[keyof D] &
  string

/** What the broadcast side sees of the broadcast states that a function declared. */
export type BroadcastStateOf<B extends BroadcastStateDescriptors> = {
  readonly [Name in keyof B]: B[Name] extends BroadcastStateDescriptor<infer K, infer V> ? BroadcastState<K, V> : never
}

/** What the other side sees of them. */
export type ReadonlyBroadcastStateOf<B extends BroadcastStateDescriptors> = {
  readonly [Name in keyof B]: B[Name] extends BroadcastStateDescriptor<infer K, infer V>
    ? ReadonlyBroadcastState<K, V>
    : never
}
