import type { SourceContext, Split, SplitEnumerator } from '@millrace/core/connector'
import { type ListedShard, shardsToRead } from './shard-lineage.ts'

/** A shard that is read. */
export interface ShardSplit extends Split {
  /** Whether it was there when a job that goes on from no checkpoint began. */
  readonly isInitial: boolean
}

export interface ShardEnumeratorParts<S extends ListedShard, P extends ShardSplit> {
  /** At the oldest record of every shard, the newest of those that are open, or in these shards. */
  readonly start: 'trim-horizon' | 'latest' | readonly string[]
  readonly discoverEveryMs: number
  readonly context: SourceContext
  /** What the shards are of. Whoever asks for them hears why it could not be opened. */
  readonly stream: Promise<ShardedStream<S>>
  /** What the reader needs to know of a shard besides; of one that is there no more, nothing is known. */
  split(shard: ShardSplit, listed: S | undefined): P
}

/** A stream that is open. */
export interface ShardedStream<S extends ListedShard> {
  /** Those whose records have not all become too old. */
  shards(): Promise<readonly S[]>
  close(): void
}

/** Finds the shards that are to be read, each after its parents. */
export class ShardEnumerator<S extends ListedShard, P extends ShardSplit> implements SplitEnumerator {
  readonly discoverEveryMs: number
  readonly #parts: ShardEnumeratorParts<S, P>
  /** In which the job has begun. */
  #known: Set<string> | undefined
  /** Those that were there then, where the job goes on from no checkpoint. */
  readonly #initial = new Set<string>()

  constructor(parts: ShardEnumeratorParts<S, P>) {
    this.#parts = parts
    this.discoverEveryMs = parts.discoverEveryMs
    parts.stream.catch(() => {})
  }

  async discover(): Promise<readonly P[]> {
    const stream = await this.#parts.stream
    const listed = await stream.shards()
    this.#known ??= this.#begin(listed)
    const found = shardsToRead(listed, this.#known).map((shard) => {
      const { id, parents } = shard
      return this.#parts.split({ id, after: parents, isInitial: this.#initial.has(id) }, shard)
    })
    return [...found, ...this.#gone(listed)]
  }

  close(): void {
    this.#parts.stream.then(
      (stream) => stream.close(),
      () => {},
    )
  }

  #begin(listed: readonly S[]): Set<string> {
    const { start, context } = this.#parts
    if (context.restored === true) return new Set((context.restoredSplits ?? []).map(({ id }) => id))
    for (const { id } of listed) this.#initial.add(id)
    if (start === 'latest') return new Set(listed.filter(({ isOpen }) => isOpen).map(({ id }) => id))
    return new Set(start === 'trim-horizon' ? [] : start)
  }

  /** Shards that the checkpoint is in the middle of and that are there no more: whoever opens them says what that means. */
  #gone(listed: readonly S[]): P[] {
    const there = new Set(listed.map(({ id }) => id))
    const unfinished = (this.#parts.context.restoredSplits ?? []).filter(
      ({ id, isFinished }) => !isFinished && !there.has(id),
    )
    return unfinished.map(({ id }) => this.#parts.split({ id, isInitial: false }, undefined))
  }
}
