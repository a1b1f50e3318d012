import type { HistogramSummary } from '../metrics/histogram.ts'

/** How a job goes at this moment. Counts run on across restarts from checkpoints: they add up to what was read once. */
export interface JobMetrics {
  readonly status: JobStatus
  /** Records that sources gave. */
  readonly recordsIn: number
  /** Records that sinks took. */
  readonly recordsOut: number
  /** Records that came too late for every window that they belong to. */
  readonly late: number
  /** Rows that could not be made into records. */
  readonly rejected: number
  /** Event time, ms since 1970 UTC; minus infinity before the first. */
  readonly watermark: number
  /** How far the watermark is behind the job's clock, in ms; `undefined` before there is one. */
  readonly watermarkLagMs: number | undefined
  /** The job's clock, ms since 1970 UTC. */
  readonly clock: number
  /** Where the time of the attempt went, in ms of the wall clock. */
  readonly busyMs: number
  readonly backPressuredMs: number
  readonly idleMs: number
  readonly checkpoints: {
    readonly completed: number
    readonly aborted: number
    readonly lastId: number
    readonly lastDurationMs: number | undefined
  }
  readonly restarts: number
  readonly steps: readonly StepMetrics[]
}

/** Where a job is in its life. The last four are ends; `stopped` left a checkpoint to go on from. */
export type JobStatus = 'starting' | 'running' | 'restarting' | 'finished' | 'stopped' | 'cancelled' | 'failed'

/** How one step goes at this moment. */
export interface StepMetrics {
  readonly id: string
  readonly kind: string
  readonly recordsIn: number
  readonly recordsOut: number
  /** Counters by name, the step's own: `late`, `rejected`, ... */
  readonly counters: Readonly<Record<string, number>>
  /** Gauges and histograms of this attempt, by name; a restart begins them anew. */
  readonly gauges: Readonly<Record<string, number>>
  readonly histograms: Readonly<Record<string, HistogramSummary>>
  readonly watermark: number | undefined
  /** How many keys have state or timers. */
  readonly keys: number | undefined
}
