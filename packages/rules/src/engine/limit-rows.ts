import type { ResolvedLimits } from '../thresholds/resolve-limits.ts'
import type { RuleLists } from './rule-lists.ts'

export const UNRESOLVED = -1

/** Whom limits are for: a patient, or all in a ward, or all. */
interface Whose {
  readonly patientId: string | undefined
  readonly ward: string | undefined
}

/**
 * Limits that were worked out, each under a number. Where the edges lie that follow them stands in one array for all, a row for each number: it
 * is looked at with every reading, and limits themselves with few. Rows are added and never changed.
 */
export class LimitRows {
  readonly #following: RuleLists
  readonly #width: number
  readonly #limits: ResolvedLimits[] = []
  readonly #whose: Whose[] = []
  readonly #until: number[] = []
  /** What holds from then on; `UNRESOLVED` before that is asked for. */
  readonly #next: number[] = []
  /** For each edge, slot by slot and ascending, where it is and its place in `following`. */
  #edges = new Float64Array(0)

  /** @param following the edges that limits move; see `RuleIndex`. */
  constructor(following: RuleLists) {
    this.#following = following
    this.#width = 2 * following.at.length
  }

  get length(): number {
    return this.#limits.length
  }

  add(whose: Whose, limits: ResolvedLimits): number {
    const row = this.#limits.push(limits) - 1
    this.#whose.push(whose)
    this.#until.push(untilOf(limits))
    this.#next.push(UNRESOLVED)
    const start = row * this.#width
    if (start + this.#width > this.#edges.length) {
      const longer = new Float64Array(Math.max(16, this.#limits.length * 2) * this.#width)
      longer.set(this.#edges)
      this.#edges = longer
    }
    this.#putEdges(start, limits.values)
    return row
  }

  limitsAt(row: number): ResolvedLimits {
    return this.#limits[row] as ResolvedLimits
  }

  whoseAt(row: number): Whose {
    return this.#whose[row] as Whose
  }

  /** Until when, by the job's clock, they hold; Infinity where for good. */
  untilOf(row: number): number {
    return this.#until[row] as number
  }

  nextOf(row: number): number {
    return this.#next[row] as number
  }

  setNext(row: number, next: number): void {
    this.#next[row] = next
  }

  edgeAt(row: number, nth: number): number {
    return this.#edges[row * this.#width + 2 * nth] as number
  }

  placeAt(row: number, nth: number): number {
    return this.#edges[row * this.#width + 2 * nth + 1] as number
  }

  #putEdges(start: number, limits: readonly number[]): void {
    const { slots, at } = this.#following
    for (let slot = 0; slot + 1 < slots.length; slot++) {
      const first = slots[slot] as number
      const end = slots[slot + 1] as number
      for (let place = first; place < end; place++) {
        const value = limits[at[place] as number] as number
        let to = start + 2 * place
        // They are few: each goes to its place among those that are there.
        for (; to > start + 2 * first && (this.#edges[to - 2] as number) > value; to -= 2) {
          this.#edges[to] = this.#edges[to - 2] as number
          this.#edges[to + 1] = this.#edges[to - 1] as number
        }
        this.#edges[to] = value
        this.#edges[to + 1] = place
      }
    }
  }
}

function untilOf({ signed }: ResolvedLimits): number {
  let until = Infinity
  for (const one of signed) until = Math.min(until, one?.until ?? Infinity)
  return until
}
