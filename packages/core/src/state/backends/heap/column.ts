/** When the entries of a slot were written: one time, or one for each entry of a list or a map, in their order. */
export type Stamps = number | readonly number[]

/** One state of all keys, by slot, as the backend packs and restores it. */
export interface Column {
  /** What a snapshot holds of a slot; `undefined` where it has nothing. */
  read(slot: number): unknown
  /** Puts into an empty slot what `read` gave; `stamps` where the state has a TTL. */
  restore(slot: number, entry: unknown, stamps: Stamps | undefined): void
  /** True where the slot has something that has not expired. */
  holds(slot: number): boolean
  readonly expiry?: ExpiringColumn
}

/** What a column with a TTL has besides. */
export interface ExpiringColumn {
  stampsOf(slot: number): Stamps
  /** Drops everything whose time has clearly passed. */
  sweep(): void
}
