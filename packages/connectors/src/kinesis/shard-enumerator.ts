import type { SourceContext, SplitEnumerator } from '@millrace/core/connector'
import type { KinesisSplit } from './kinesis-position.ts'
import { type ListedShard, shardsToRead } from './shard-lineage.ts'
import type { KinesisStart } from './source-options.ts'

export interface ShardEnumeratorParts {
  readonly start: KinesisStart
  readonly discoverEveryMs: number
  readonly context: SourceContext
  list(): Promise<readonly ListedShard[]>
  close(): void
}

/** Finds the shards that are to be read, each after its parents. */
export class ShardEnumerator implements SplitEnumerator {
  readonly discoverEveryMs: number
  readonly #parts: ShardEnumeratorParts
  /** In which the job has begun. */
  #known: Set<string> | undefined
  /** Those that were there then, where the job goes on from no checkpoint. */
  readonly #initial = new Set<string>()

  constructor(parts: ShardEnumeratorParts) {
    this.#parts = parts
    this.discoverEveryMs = parts.discoverEveryMs
  }

  async discover(): Promise<readonly KinesisSplit[]> {
    const listed = await this.#parts.list()
    this.#known ??= this.#begin(listed)
    const found = shardsToRead(listed, this.#known).map(({ id, parents, hashKeys }) => ({
      id,
      after: parents,
      isInitial: this.#initial.has(id),
      hashKeys,
    }))
    return [...found, ...this.#gone(listed)]
  }

  close(): void {
    this.#parts.close()
  }

  #begin(listed: readonly ListedShard[]): Set<string> {
    const { start, context } = this.#parts
    if (context.restored === true) return new Set((context.restoredSplits ?? []).map(({ id }) => id))
    for (const { id } of listed) this.#initial.add(id)
    if (start === 'latest') return new Set(listed.filter(({ isOpen }) => isOpen).map(({ id }) => id))
    if (typeof start === 'object' && 'sequenceNumbers' in start) return new Set(Object.keys(start.sequenceNumbers))
    return new Set()
  }

  /** Shards that the checkpoint is in the middle of and that are there no more: whoever opens them says what that means. */
  #gone(listed: readonly ListedShard[]): KinesisSplit[] {
    const there = new Set(listed.map(({ id }) => id))
    const unfinished = (this.#parts.context.restoredSplits ?? []).filter(
      ({ id, isFinished }) => !isFinished && !there.has(id),
    )
    return unfinished.map(({ id }) => ({ id, isInitial: false, hashKeys: ['0', '0'] }))
  }
}
