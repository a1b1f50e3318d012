/**
 * Turns values into bytes and back, for snapshots. Without one a state is written in packed form (V8's structured
 * clone: every plain value, Map, Set, Date, bigint, -0 and NaN survive; class instances lose their class).
 */
export interface Codec<T> {
  /** Written beside the bytes: a state that was written by a codec of another name is refused. */
  readonly name: string
  /** Written beside the bytes; `decode` is given the version that it finds. A newer one than this is refused. */
  readonly version: number
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array, version: number): T
}
