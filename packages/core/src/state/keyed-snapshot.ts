/**
 * The keyed state and timers of one operator, by key group: what a checkpoint holds of it. Format 2 has what a TTL needs beside
 * the entries, and flat panes where format 1 has panes of objects; format 1 is read as well.
 */
export interface KeyedSnapshot {
  readonly format: 1 | 2
  readonly maxParallelism: number
  /** Packed `GroupContents` by key group; groups with nothing are left out. */
  readonly groups: ReadonlyMap<number, Uint8Array>
}
