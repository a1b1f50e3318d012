import type { OperatorMetrics } from '@millrace/core/connector'

/** The gauge `lagMs`: how far behind the shard is, in ms, that is furthest behind. */
export class ShardLag {
  readonly #metrics: OperatorMetrics | undefined
  readonly #behindMs = new Map<string, number>()

  constructor(metrics: OperatorMetrics | undefined) {
    this.#metrics = metrics
  }

  /** @param behindMs `undefined` where the shard is not read any more, or the service does not say. */
  note(shardId: string, behindMs: number | undefined): void {
    if (behindMs === undefined) this.#behindMs.delete(shardId)
    else this.#behindMs.set(shardId, behindMs)
    this.#metrics?.gauge('lagMs').set(Math.max(0, ...this.#behindMs.values()))
  }
}
