import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'

/** Plain data that says how to make one checkpoint's output visible: file names and offsets, a transaction's id. */
export type Committable = unknown

export interface SinkContext {
  readonly operatorId: string
  /** Aborted when the job stops for whatever reason. */
  readonly signal: AbortSignal
  /** True when the job goes on from a checkpoint: `recover` is called before the first `write`. */
  readonly restored: boolean
  /** The sink's own, shown beside those of other steps; checkpoints keep the counters. Absent outside of a job. */
  readonly metrics?: OperatorMetrics
  /** The job's clock, in ms since 1970 UTC: it follows the wall clock, or in a replay the records. Absent outside of a job. */
  readonly clock?: { now(): number }
  /** Absent where checkpoints do not come by time, but at the end, at a stop or when they are asked for. */
  readonly checkpointEveryMs?: number
  /** Whether every source of the job ends. Absent outside of a job. */
  readonly bounded?: boolean
  /**
   * Whether another run or a later attempt of the job has its checkpoints by now: what is opened here is then not to disturb what that
   * one writes. Once false, whoever comes takes them after the question was asked. Absent outside of a job.
   */
  readonly isTaken?: () => Promise<boolean>
}

/**
 * Takes one subtask's output to the outside, in two phases where `prepareCommit` and `commit` are there.
 *
 * ```
 *   open ─► recover? ─► write* ─► prepareCommit(1) ─► write* ─► prepareCommit(2) ─► write* … ─► close
 *                                     └─ checkpoint 1 is durable ─► commit(1)
 * ```
 *
 * One call at a time. What was written before `prepareCommit(n)` belongs to checkpoint n. When `prepareCommit` resolves,
 * all of it is durable but not visible; `commit` makes it visible, and can be repeated with the same effect: after a
 * crash between the two the successor's `recover` is given what the checkpoint holds. What a dead process wrote after its
 * last checkpoint is in no committable; the sink removes or overwrites it.
 */
export interface SinkWriter<T> {
  /** Awaited before the next call: a slow sink slows the job. */
  write(values: readonly T[], timestamps: readonly number[]): void | Promise<void>
  /**
   * When `onDue` is wanted, by the job's clock; the engine looks at it after each call. `undefined`: not at all.
   *
   * A live job keeps to it as far as it is not busy. In a replay the clock runs as fast as the records do: there a batch of them may
   * pass first.
   */
  readonly dueAt?: number | undefined
  /** The clock has come to `dueAt`, which lies behind `now` when this is over. What was written by then came before. */
  onDue?(now: number): void | Promise<void>
  /** Makes what was written durable and says how to make it visible; `undefined` where nothing was written. */
  prepareCommit?(checkpointId: number): Committable | undefined | Promise<Committable | undefined>
  /**
   * In the order of their checkpoints. Must tolerate one that is committed already.
   * @throws when it cannot be made visible: the job fails loudly, since output would be lost.
   */
  commit?(committable: Committable): void | Promise<void>
  /** The writer's own position, as plain data, read right after `prepareCommit`; given back to `recover`. */
  snapshotState?(): unknown
  /**
   * After a restart, before any `write`: commits what the checkpoint holds, clears away what a dead process left behind.
   * Also called on a fresh start (no committables, no state) so that leftovers are found.
   */
  recover?(committables: readonly Committable[], state: unknown): void | Promise<void>
  /** The job is over, for whatever reason. Frees what `open` took; commits nothing. */
  close?(): void | Promise<void>
}

/** Where results go. Immutable: what runs is made by `open`, again after each restart. */
export interface Sink<T> {
  /** Shown by `explain()`: `file`, `lake`. */
  readonly kind: string
  /** What a reader of the output sees after failures. `exactly-once` needs `prepareCommit`, `commit` and `recover`. */
  readonly delivery: 'at-least-once' | 'exactly-once'
  open(context: SinkContext): SinkWriter<T> | Promise<SinkWriter<T>>
}
