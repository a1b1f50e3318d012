import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { OverAggregate } from './over-aggregate.ts'
import type { Row } from './row.ts'

/** Rows that have left stay in the array until they are so many, and half of it. */
const SHRINKS_FROM = 32

/**
 * The rows that one key looks back over, oldest first, and what they come to. A row is added once on its way in, and merged
 * at most once on its way out, however many there are.
 *
 * ```
 *   oldest                                    newest
 *   [ front: a sum from each row to here → | back: one sum ]
 *     c+d+e    d+e    e                      f+g+h
 *   together = (c+d+e) + (f+g+h); when the front is used up, the back becomes the front
 * ```
 *
 * Nothing is taken back out of a sum, so no larger value leaves its rounding behind; aggregates that can take back without a
 * trace do without the front. A cache: rows and `frontEnd` make it again, the same to the last bit.
 * Source: the two-stacks algorithm for queues that aggregate; Tangwongsan, Hirzel and Schneider 2017.
 */
export class RowStacks<In> {
  readonly #aggregate: OverAggregate<In, unknown>
  #rows: Row<In>[] = []
  #head = 0
  /** Newest first, so that the oldest leaves from the end. */
  #front: CombinedAccumulator[] = []
  #back: CombinedAccumulator | undefined
  #retracted: CombinedAccumulator | undefined
  #frontEnd: number | undefined

  constructor(aggregate: OverAggregate<In, unknown>) {
    this.#aggregate = aggregate
  }

  /** Makes it again: rows up to the one with the number `frontEnd` are the front. */
  static of<In>(
    aggregate: OverAggregate<In, unknown>,
    rows: readonly Row<In>[],
    frontEnd: number | undefined,
  ): RowStacks<In> {
    const stacks = new RowStacks(aggregate)
    const inFront = frontEnd === undefined ? 0 : rows.findIndex(({ seq }) => seq === frontEnd) + 1
    for (let i = 0; i < inFront; i++) stacks.push(rows[i] as Row<In>)
    if (inFront > 0) stacks.#turn()
    for (let i = inFront; i < rows.length; i++) stacks.push(rows[i] as Row<In>)
    return stacks
  }

  get size(): number {
    return this.#rows.length - this.#head
  }

  /** The row at this place, from the oldest at 0. */
  at(index: number): Row<In> {
    return this.#rows[this.#head + index] as Row<In>
  }

  get newest(): Row<In> | undefined {
    return this.size === 0 ? undefined : this.#rows[this.#rows.length - 1]
  }

  /** The number of the front's newest row; undefined while there is no front. */
  get frontEnd(): number | undefined {
    return this.#front.length === 0 ? undefined : this.#frontEnd
  }

  push(row: Row<In>): void {
    const { merged, retracted } = this.#aggregate
    this.#rows.push(row)
    if (merged !== undefined) this.#back = merged.add(this.#back ?? merged.create(), row.value, row.timestamp)
    if (retracted !== undefined) {
      this.#retracted = retracted.add(this.#retracted ?? retracted.create(), row.value, row.timestamp)
    }
  }

  /** Lets go of the oldest rows. */
  evict(count: number): void {
    const { merged, retracted } = this.#aggregate
    if (retracted?.retract !== undefined) {
      for (let i = 0; i < count; i++) {
        this.#retracted = retracted.retract(this.#retracted as CombinedAccumulator, this.at(i).value)
      }
    }
    this.#head += count
    if (this.#head >= SHRINKS_FROM && this.#head * 2 >= this.#rows.length) {
      this.#rows.splice(0, this.#head)
      this.#head = 0
    }
    if (this.size === 0) this.#retracted = undefined
    if (merged === undefined) return
    if (count <= this.#front.length) this.#front.length -= count
    else this.#turn()
  }

  /** What the aggregates that merge come to over all rows. Read-only: it may be part of the stacks. */
  merged(): CombinedAccumulator | undefined {
    const { merged } = this.#aggregate
    const front = this.#front[this.#front.length - 1]
    const back = this.#back
    if (merged === undefined || front === undefined) return back
    return back === undefined ? front : merged.merge(merged.merge(merged.create(), front), back)
  }

  /** What the others come to. Read-only. */
  retracted(): CombinedAccumulator | undefined {
    return this.#retracted
  }

  /** The back becomes the front. */
  #turn(): void {
    const { merged } = this.#aggregate
    if (merged === undefined) return
    this.#front = []
    this.#back = undefined
    this.#frontEnd = this.newest?.seq
    let newer: CombinedAccumulator | undefined
    for (let i = this.#rows.length - 1; i >= this.#head; i--) {
      const { value, timestamp } = this.#rows[i] as Row<In>
      const sum = merged.add(merged.create(), value, timestamp)
      newer = newer === undefined ? sum : merged.merge(sum, newer)
      this.#front.push(newer)
    }
  }
}
