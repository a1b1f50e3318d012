import type { Histogram } from './histogram.ts'

/** A number that only grows. Kept in checkpoints, so that counts add up across restarts. */
export interface Counter {
  add(n: number): void
  readonly value: number
}

/** A number that is as it was last set, 0 at first. Not kept in checkpoints. */
export interface Gauge {
  set(value: number): void
  readonly value: number
}

/**
 * What an operator may measure by name. The host's own counters (records in and out) stand beside these. There is no meter: a rate needs
 * a clock, and whoever watches has one, and the counter.
 */
export interface OperatorMetrics {
  /** The counter of this name, made on first use: `late`, `rejected`, ... Names are the operator's own. */
  counter(name: string): Counter
  /** The gauge of this name, made on first use. */
  gauge(name: string): Gauge
  /** The histogram of this name, made on first use. Not kept in checkpoints. */
  histogram(name: string): Histogram
}
