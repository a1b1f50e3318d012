import type { ShardSplit } from '../aws/shards/shard-enumerator.ts'

/** A shard. */
export interface KinesisSplit extends ShardSplit {
  /** The hash keys that belong to it, both ends included, in decimal digits. */
  readonly hashKeys: readonly [first: string, last: string]
}

/**
 * Where to go on in a shard: behind a record (of an aggregate, behind its first `users` user records), or where it began. `latestAt`
 * stands for the newest record as it was then, in ms since 1970 UTC.
 */
export type KinesisPosition =
  | { readonly sequenceNumber: string; readonly users?: number }
  | { readonly startSequenceNumber: string }
  | { readonly timestamp: number }
  | { readonly latestAt: number }
  | 'trim-horizon'
