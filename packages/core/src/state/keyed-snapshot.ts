/** The keyed state and timers of one operator, by key group: what a checkpoint holds of it. */
export interface KeyedSnapshot {
  readonly format: 1
  readonly maxParallelism: number
  /** Packed `GroupContents` by key group; groups with nothing are left out. */
  readonly groups: ReadonlyMap<number, Uint8Array>
}
