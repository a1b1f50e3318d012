import type { JobMetrics } from './job-metrics.ts'

/** What a job was when it ended. */
export interface JobResult {
  readonly name: string
  /** `finished`: its input ended. `stopped`: it was asked to, and can go on from its last checkpoint. */
  readonly status: 'finished' | 'stopped'
  /** The checkpoint that it went on from, if it did. */
  readonly resumedFrom: ResumePoint | undefined
  readonly metrics: JobMetrics
}

/** Where a job went on. */
export interface ResumePoint {
  readonly checkpointId: number
  /** Records that its sources had given by then. */
  readonly records: number
}

/** A running job. */
export interface JobHandle {
  /**
   * Resolves when the job has finished or was stopped; rejects when it failed for good, or with CORE_CANCELLED.
   */
  readonly finished: Promise<JobResult>
  metrics(): JobMetrics
  /** Where the job went on; `undefined` until that is known and for a fresh start. */
  readonly resumedFrom: ResumePoint | undefined
  /** Takes a checkpoint now; resolves with its id when it is durable and committed. */
  triggerCheckpoint(): Promise<number>
  /** Stops between two records, takes a last checkpoint and commits it. No window fires early: a later run goes on. */
  stop(): Promise<JobResult>
  /** Ends the job where it is: what is not in a checkpoint is as if it had not been read. */
  cancel(): void
}
