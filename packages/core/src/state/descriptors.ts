/**
 * Turns values into bytes and back, for snapshots. Without one a state is written in packed form (V8's structured
 * clone: every plain value, Map, Set, Date, bigint, -0 and NaN survive; class instances lose their class).
 */
export interface Codec<T> {
  /** Shown by `explain()` and in errors. */
  readonly name: string
  /** Written beside the bytes; `decode` is given the version that it finds. */
  readonly version: number
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array, version: number): T
}

export interface StateOptions<T> {
  readonly codec?: Codec<T>
}

export interface ValueStateDescriptor<T> {
  readonly kind: 'value'
  readonly codec?: Codec<T>
}

export interface ListStateDescriptor<T> {
  readonly kind: 'list'
  readonly codec?: Codec<T>
}

export interface MapStateDescriptor<K, V> {
  readonly kind: 'map'
  readonly codec?: Codec<V>
  /** Never present; carries `K` for the compiler. */
  readonly keyType?: K
}

export type StateDescriptor =
  | ValueStateDescriptor<unknown>
  | ListStateDescriptor<unknown>
  | MapStateDescriptor<unknown, unknown>

// biome-ignore lint/suspicious/noExplicitAny: descriptors of any type side by side; `unknown` would refuse their codecs
type AnyState = any

/** What a function declares: a descriptor a name. */
export type StateDescriptors = Readonly<
  Record<
    string,
    ValueStateDescriptor<AnyState> | ListStateDescriptor<AnyState> | MapStateDescriptor<AnyState, AnyState>
  >
>

/** One value a key. `undefined` means empty; setting `undefined` clears. */
export function valueState<T>(options: StateOptions<T> = {}): ValueStateDescriptor<T> {
  return { kind: 'value', ...options }
}

/** A list a key, written entry by entry. */
export function listState<T>(options: StateOptions<T> = {}): ListStateDescriptor<T> {
  return { kind: 'list', ...options }
}

/** A map a key, written entry by entry; its own keys are strings, finite numbers, bigints or booleans. */
export function mapState<K extends string | number | bigint | boolean, V>(
  options: StateOptions<V> = {},
): MapStateDescriptor<K, V> {
  return { kind: 'map', ...options }
}
