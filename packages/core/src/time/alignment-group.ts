import { MAX_WATERMARK, MIN_WATERMARK } from '../elements/timestamp.ts'

/**
 * Splits, of one source or of several, that are to keep near to each other in event time. A member that has not begun stands
 * at the first watermark and holds the others; one that is idle or has ended does not count.
 */
export class AlignmentGroup {
  readonly #watermarks: number[] = []
  readonly #counts: boolean[] = []
  #least = MAX_WATERMARK
  #isStale = false

  /** Adds a member that has not begun; its number. */
  add(): number {
    this.#watermarks.push(MIN_WATERMARK)
    this.#counts.push(true)
    this.#isStale = true
    return this.#watermarks.length - 1
  }

  advance(member: number, watermark: number): void {
    if (watermark <= (this.#watermarks[member] as number)) return
    // Only the one that stood at the least can have moved it.
    this.#isStale ||= this.#watermarks[member] === this.#least
    this.#watermarks[member] = watermark
  }

  /** It is idle, or has ended. */
  leave(member: number): void {
    this.#counts[member] = false
    this.#isStale = true
  }

  /** It is active again, where it stood. */
  rejoin(member: number): void {
    this.#counts[member] = true
    this.#isStale = true
  }

  /** Whether it is further ahead of the least of the group than that. */
  isAhead(member: number, maxDriftMs: number): boolean {
    return (this.#watermarks[member] as number) > this.least + maxDriftMs
  }

  /** Infinity where none counts. */
  get least(): number {
    if (!this.#isStale) return this.#least
    this.#isStale = false
    let least = MAX_WATERMARK
    for (let i = 0; i < this.#watermarks.length; i++) {
      if (this.#counts[i]) least = Math.min(least, this.#watermarks[i] as number)
    }
    this.#least = least
    return least
  }
}
