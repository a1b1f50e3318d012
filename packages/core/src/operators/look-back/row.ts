/** A record as a look-back keeps it: the value as it came, never changed. */
export interface Row<In> {
  /** In the order of arrival, within a key. */
  readonly seq: number
  readonly timestamp: number
  readonly value: In
}

/** By time, of one time by arrival. */
export function compareRows(a: Row<unknown>, b: Row<unknown>): number {
  return a.timestamp - b.timestamp || a.seq - b.seq
}
