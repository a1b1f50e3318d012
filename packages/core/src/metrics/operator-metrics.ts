/** A number that only grows. Kept in checkpoints, so that counts add up across restarts. */
export interface Counter {
  add(n: number): void
  readonly value: number
}

/** What an operator may count by name. The host's own counters (records in and out) stand beside these. */
export interface OperatorMetrics {
  /** The counter of this name, made on first use: `late`, `rejected`, ... Names are the operator's own. */
  counter(name: string): Counter
}
