import type { ProducerSession } from './client/kafka-client.ts'

/** One opening of a sink: the session of its claim, which no other opening gets. */
export type Generation = ProducerSession

/**
 * Names of a sink's transactional ids. What follows the last `-` has another shape in each kind, so that sinks whose own names are
 * `out` and `out-1` do not meet.
 */
export class TransactionalIds {
  /** What a generation is claimed by; no transaction is ever written under it. */
  readonly claim: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.claim = `${prefix}-claim`
  }

  of({ producerId, epoch }: Generation, n: number): string {
    return `${this.#prefix}-${producerId}.${epoch}.${n}`
  }

  /** As they were before generations: checkpoints of that time hold them. */
  withoutGeneration(n: number): string {
    return `${this.#prefix}-${n}`
  }
}
