import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'

/** One independently readable part of a source: a file, a partition, a shard. Plain data; written in checkpoints. */
export interface Split {
  /** Unique in its source and stable across restarts. Shown in errors, so it carries no patient's data. */
  readonly id: string
  /**
   * Splits that are read to their end before this one is opened, as a shard's parents are. One that is neither found nor known from a
   * checkpoint is over. Of a source without end alone. Default: none.
   */
  readonly after?: readonly string[]
}

/** What stands in a checkpoint for a split: where to go on. Plain data, the source's own. */
export type SplitPosition = unknown

/** A row that could not be made into a record. */
export interface Reject {
  readonly split: string
  /** Line or offset, as people of that system count. */
  readonly position: string
  /** Which rule it broke (`json-invalid`, `column-missing`), for counting. */
  readonly code: string
  /** Path and rule, never a value. */
  readonly reason: string
  /** What was received. It stands here and nowhere else. */
  readonly raw: string
}

/** A run of records of one split, in their order. */
export interface SourceBatch<T> {
  readonly values: readonly T[]
  /** Rows of the same run that became no record, each with the index in `values` that it stood before. Ascending. */
  readonly rejects?: readonly { readonly before: number; readonly reject: Reject }[]
  /** Where to go on after this whole batch. */
  readonly position: SplitPosition
}

/**
 * Reads one split. One `read` at a time; the engine asks again only when it needs more, so a slow job slows the source.
 *
 * Reading from a position gives the same records (and rejects) in the same order each time, however they are cut into
 * batches: the engine may stop in the middle of a batch, and restores by reading from before it and skipping.
 */
export interface SplitReader<T> {
  /**
   * Where this reader begins: given when it was opened without a position and another one, opened so later, would begin elsewhere
   * (at the newest record, at a time). The engine takes it as the split's position as soon as the split is open, so that a
   * checkpoint which comes before the first batch is used up goes on from here.
   */
  readonly start?: SplitPosition
  /**
   * The next batch, at most `maxRecords` values and never empty of both values and rejects; `undefined` at the end of a
   * bounded split. A live split with nothing to give stays pending. Rejects its promise when `signal` (see
   * `SourceContext`) is aborted.
   */
  read(maxRecords: number): SourceBatch<T> | undefined | Promise<SourceBatch<T> | undefined>
  close?(): void | Promise<void>
}

/** Opens splits for reading. Made once a subtask. */
export interface SourceReader<T> {
  /** `position` as an earlier batch or `start` gave it, or `undefined` for the beginning. */
  openSplit(split: Split, position: SplitPosition | undefined): SplitReader<T> | Promise<SplitReader<T>>
  /**
   * A checkpoint with these positions is durable: what may be acknowledged outside can be. Sinks commit at the same time, and wait
   * for no source. The next checkpoint waits for the promise, and so does a stop: it has to settle. A rejection fails the job; the
   * checkpoint holds all the same, and a restart goes on from it.
   */
  checkpointComplete?(positions: ReadonlyMap<string, SplitPosition>): void | Promise<void>
  close?(): void | Promise<void>
}

/** Finds the splits. Made once a job. */
export interface SplitEnumerator {
  /**
   * Of a source without end: `discover` is called again so long after its last answer, in ms, whether the job is busy or not.
   * Infinity: only at the start. Default 10,000.
   */
  readonly discoverEveryMs?: number
  /**
   * All splits known now, in a stable order. Asked at the start, where the job waits for it, and again beside reading, also when a split
   * of a source without end has ended: new ones are opened one after the other, and take part once they are open. Of a source without end
   * a split that has ended may be left out. One call at a time. A rejection fails the job.
   */
  discover(): readonly Split[] | Promise<readonly Split[]>
  close?(): void | Promise<void>
}

export interface SourceContext {
  readonly operatorId: string
  /** Aborted when the job stops for whatever reason. */
  readonly signal: AbortSignal
  /** True when the job goes on from a checkpoint: a split that it does not hold has come since. Absent outside of a job. */
  readonly restored?: boolean
  /** The splits that the checkpoint holds, where the job goes on from one. */
  readonly restoredSplits?: readonly { readonly id: string; readonly isFinished: boolean }[]
  /** The source's counters, shown beside those of other steps. Absent where it is read outside of a job. */
  readonly metrics?: OperatorMetrics
}

/** Where records come from. Immutable: what runs is made by its two functions, again after each restart. */
export interface Source<T> {
  /** Shown by `explain()`: `collection`, `file`. */
  readonly kind: string
  /** True where every split ends. */
  readonly bounded: boolean
  /**
   * True where records come as they happen, also if they end some day: unless it is said otherwise, the job's clock is then the
   * wall's. Default: where it is not bounded.
   */
  readonly live?: boolean
  /** False where a position cannot be read again: a job with such a source does not survive a failure. */
  readonly replayable: boolean
  createEnumerator(context: SourceContext): SplitEnumerator
  createReader(context: SourceContext): SourceReader<T>
}
