import type { KeyedSnapshot } from '../state/keyed-snapshot.ts'
import type { OperatorStateSnapshot } from '../state/operator-snapshot.ts'
import type { CombinedWatermark } from '../time/watermark-combiner.ts'
import type { GeneratedWatermarkSnapshot } from '../time/watermark-generator.ts'

/** What a checkpoint holds of one operator. */
export interface OperatorSnapshot extends OperatorStateSnapshot {
  readonly keyed?: KeyedSnapshot
  readonly counters: Readonly<Record<string, number>>
  readonly recordsOut: number
  /** The event time up to which it was done. What was registered for an earlier time since waits for the next advance. */
  readonly watermark: number
  /** What its inputs had said; absent in older checkpoints. */
  readonly inputs?: CombinedWatermark
}

/** Where a source stood in one split. */
export interface SplitSnapshot {
  /** Read on from here, ... */
  readonly position: unknown
  /** ... and skip so many records and rejects: the checkpoint was taken in the middle of a batch. */
  readonly skipRecords: number
  readonly skipRejects: number
  readonly maxTimestamp: number
  /** Where a generator makes the watermark. */
  readonly generated?: GeneratedWatermarkSnapshot
  /** The next record's timestamp was believed, and places it, though it is further ahead of the clock than `maxFuture`. */
  readonly believesHead?: boolean
  readonly records: number
  readonly isFinished: boolean
  readonly isIdle: boolean
  /** The job's clock when it last gave a record. */
  readonly lastActiveAt: number
}

export interface SourceSnapshot {
  readonly splits: Readonly<Record<string, SplitSnapshot>>
  readonly counters: Readonly<Record<string, number>>
  /** Of all splits together. It does not follow from theirs where some were idle; absent in older checkpoints. */
  readonly watermark?: number
}

export interface SinkSnapshot {
  /** In the order in which they are to be committed. */
  readonly committables: readonly unknown[]
  readonly state: unknown
  readonly recordsIn: number
  /** Absent in older checkpoints. */
  readonly counters?: Readonly<Record<string, number>>
}

/** One consistent cut through a job: everything before it is in here, nothing after it. */
export interface Checkpoint {
  /** 2 since broadcast state, codecs of operator state and TTLs; 1 is read as well. */
  readonly format: 1 | 2
  readonly job: string
  /** Of the job graph that wrote it, and its steps, to say what differs. */
  readonly fingerprint: string
  readonly steps: readonly { readonly id: string; readonly kind: string }[]
  readonly checkpointId: number
  /** The job's clock; minus infinity before the first record of a replay. */
  readonly clock: number
  /** Records that all sources together had given. */
  readonly records: number
  readonly operators: Readonly<Record<string, OperatorSnapshot>>
  readonly sources: Readonly<Record<string, SourceSnapshot>>
  readonly sinks: Readonly<Record<string, SinkSnapshot>>
  /** True for the checkpoint at the end of bounded input: nothing is left to do but to commit it. */
  readonly isFinal: boolean
}
