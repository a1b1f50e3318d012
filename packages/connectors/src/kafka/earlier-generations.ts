import type { Claimed } from './generation-claim.ts'
import { isSameSession, type TransactionCoordinator } from './transaction-coordinator.ts'
import type { Generation, TransactionalIds } from './transactional-ids.ts'

/** Openings in a row that came to nothing, and which are looked through for one that did not. */
const LOOK_BACK = 100

/** Where earlier openings may have left transactions, as far as a checkpoint says. */
export interface EarlierIds {
  readonly generation: Generation | undefined
  /** How many of its ids are known to have been used; without a generation, of those that have none. */
  readonly ids: number
  /** Others that it may not have come to take. */
  readonly inherited: readonly string[]
}

/**
 * Aborts what earlier generations have left open, and fences whoever still has it, but for ids that the checkpoint holds: what stands
 * under them is committed, and may have to be again.
 *
 * A generation has ids only when it has done this itself: of those below ours the newest that has any is enough, and the checkpoint's.
 * The ids of one are 0 to some n without a gap, but for what the coordinator has forgotten: what is not known has nothing open.
 */
export class EarlierGenerations {
  readonly #ids: TransactionalIds
  readonly #coordinator: TransactionCoordinator
  readonly #held: ReadonlySet<string>

  constructor(ids: TransactionalIds, coordinator: TransactionCoordinator, held: ReadonlySet<string>) {
    this.#ids = ids
    this.#coordinator = coordinator
    this.#held = held
  }

  async fence(claimed: Claimed, earlier: EarlierIds | undefined): Promise<void> {
    const { generation } = claimed
    const from = earlier?.generation
    if (earlier === undefined || from === undefined) {
      await this.#fenceAll((n) => this.#ids.withoutGeneration(n), earlier?.ids ?? 0)
    } else if (!isSameSession(from, generation)) {
      await this.#fenceAll((n) => this.#ids.of(from, n), earlier.ids)
    }
    for (const id of earlier?.inherited ?? []) await this.#fenceOne(id)
    for (const below of downFrom(claimed)) {
      if (isSameSession(from, below) || (await this.#fenceAll((n) => this.#ids.of(below, n), 0))) return
    }
  }

  /** From 0 to the last that is known, and at least so many. Whether there was one. */
  async #fenceAll(idOf: (n: number) => string, atLeast: number): Promise<boolean> {
    let hasAny = false
    for (let n = 0; ; n++) {
      const isKnown = await this.#fenceOne(idOf(n))
      if (!isKnown && n >= atLeast) return hasAny
      hasAny ||= isKnown
    }
  }

  /** Whether it is known. */
  async #fenceOne(id: string): Promise<boolean> {
    if (this.#held.has(id)) return true
    if ((await this.#coordinator.newest(id)) === undefined) return false
    await this.#coordinator.take(id)
    return true
  }
}

/** Those below ours, the newest first. A producer id has 32,767 epochs; after the last the coordinator gives another one. */
function* downFrom({ generation, before }: Claimed): Generator<Generation> {
  let left = LOOK_BACK
  for (let epoch = generation.epoch - 1; epoch >= 0 && left > 0; epoch--, left--) yield { ...generation, epoch }
  if (before === undefined || before.producerId === generation.producerId) return
  for (let { epoch } = before; epoch >= 0 && left > 0; epoch--, left--) yield { producerId: before.producerId, epoch }
}
