/** From where a shard is read on. */
export type FeedStart =
  | { readonly at: 'trim-horizon' }
  | { readonly at: 'latest' }
  | { readonly at: 'timestamp'; readonly timestamp: number }
  /** This record is the first to come, where it is still there. */
  | { readonly at: 'sequence-number'; readonly sequenceNumber: string }

export interface FeedAnswer<R> {
  /** In their order; none where there is nothing new. */
  readonly records: readonly R[]
  /** How old the newest record is that was read; 0 where all is read. `undefined` where the service does not say. */
  readonly behindMs: number | undefined
}

/** The records of one shard as they come from the service, by polling or pushed. One `next` at a time. */
export interface ShardFeed<R> {
  /** `undefined` at the shard's end. Rejects when the job stops. */
  next(): Promise<FeedAnswer<R> | undefined>
  close(): void
}

/** What came after the last record that was read is not there any more. */
export class RecordsGone extends Error {}
