import type { ListStateDescriptor, MapStateDescriptor, StateDescriptors, ValueStateDescriptor } from './descriptors.ts'

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

/** The current key's map, in insertion order. */
export interface MapState<K, V> {
  get(key: K): V | undefined
  has(key: K): boolean
  put(key: K, value: V): void
  remove(key: K): void
  entries(): IterableIterator<[K, V]>
  keys(): IterableIterator<K>
  values(): IterableIterator<V>
  readonly size: number
  clear(): void
}

/** What a function sees of the states that it declared. */
export type StateOf<D extends StateDescriptors> = {
  readonly [Name in keyof D]: D[Name] extends ValueStateDescriptor<infer T>
    ? ValueState<T>
    : D[Name] extends ListStateDescriptor<infer T>
      ? ListState<T>
      : D[Name] extends MapStateDescriptor<infer K, infer V>
        ? MapState<K, V>
        : never
}
