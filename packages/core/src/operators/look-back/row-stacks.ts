import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { HeldRows } from './held-rows.ts'
import type { LookBackPlan } from './look-back.ts'
import type { OverAggregate } from './over-aggregate.ts'

/** Where the row that is the sum of both stacks begins, in rows of cells; that of the back is the first. */
const SUM = 1
/** Before the front's first row. */
const ROWS_BEFORE_FRONT = 2
const NO_CELLS = new Float64Array(0)
const NO_FRONT: CombinedAccumulator[] = []

type Bounds = Pick<LookBackPlan, 'rangeMs' | 'rowLimit'>

/**
 * What the rows that one key looks back over come to. A row is added once on its way in, and merged at most once on its way
 * out, however many there are.
 *
 * ```
 *   oldest                                    newest
 *   [ front: a sum from each row to here → | back: one sum ]
 *     c+d+e    d+e    e                      f+g+h
 *   together = (c+d+e) + (f+g+h); when the front is used up, the back becomes the front
 *   cells: [ f+g+h | together | e | d+e | c+d+e ]
 * ```
 *
 * Nothing is taken back out of a sum, so no larger value leaves its rounding behind; aggregates that can take back without a
 * trace do without the front. A cache: the rows make it again, the same to the last bit.
 * Source: the two-stacks algorithm for queues that aggregate; Tangwongsan, Hirzel and Schneider 2017.
 */
export class RowStacks<In, Out, Rows extends HeldRows<In> = HeldRows<In>> {
  readonly rows: Rows
  readonly #plan: Bounds
  readonly #aggregate: OverAggregate<In, Out>

  /** Of the aggregates that have cells. */
  #cells: Float64Array
  /** Where the sum of all rows stands in them. */
  #sumAt = 0

  /** Of the others that merge. Newest first, so that the oldest leaves from the end. */
  #front: CombinedAccumulator[] = NO_FRONT
  #back: CombinedAccumulator | undefined
  #sum: CombinedAccumulator | undefined

  #retracted: CombinedAccumulator | undefined

  constructor(plan: Bounds, aggregate: OverAggregate<In, Out>, rows: Rows) {
    this.#plan = plan
    this.#aggregate = aggregate
    this.rows = rows
    this.#cells = aggregate.flat === undefined ? NO_CELLS : new Float64Array(ROWS_BEFORE_FRONT * aggregate.flat.width)
    this.remake()
  }

  /** Makes all of it anew of the rows. */
  remake(): void {
    const { first, end, inFront } = this.rows
    this.#stack(first + inFront)
    this.#retracted = undefined
    for (let i = first; i < first + inFront; i++) this.#addRetracted(i)
    for (let i = first + inFront; i < end; i++) this.#add(i)
  }

  /** Takes in the row at `end`; those that it does not look back to leave. */
  take(): void {
    const { rows } = this
    const { times, end } = rows
    const { rangeMs, rowLimit } = this.#plan
    const oldest = (times[end] as number) - rangeMs
    // This row is to be the last of those that may stay.
    const latestFirst = end + 1 - rowLimit
    let { first } = rows
    while (first < end && (first < latestFirst || (times[first] as number) < oldest)) first += 1
    if (first > rows.first) this.#evict(first)
    rows.end = end + 1
    this.#add(end)
  }

  /** Sums up both stacks: before `result`. */
  settle(): void {
    const { flat, merged } = this.#aggregate
    const { first, end, inFront } = this.rows
    const hasBack = end - first > inFront
    if (flat !== undefined) {
      const { width } = flat
      const cells = this.#cells
      const top = (ROWS_BEFORE_FRONT - 1 + inFront) * width
      this.#sumAt = inFront === 0 ? 0 : top
      if (inFront > 0 && hasBack) {
        const at = SUM * width
        for (let i = 0; i < width; i++) cells[at + i] = cells[top + i] as number
        flat.merge(cells, at, cells, 0)
        this.#sumAt = at
      }
    }
    if (merged === undefined) return
    const front = this.#front[this.#front.length - 1]
    const back = this.#back
    if (front === undefined || back === undefined) this.#sum = front ?? back
    else this.#sum = merged.merge(merged.merge(merged.create(), front), back)
  }

  result(value: In): Out {
    return this.#aggregate.makeResult(value, this.#cells, this.#sumAt, this.#sum, this.#retracted)
  }

  /** Lets go of all that has been taken. */
  clear(): void {
    const { rows } = this
    rows.first = rows.end
    rows.inFront = 0
    this.remake()
  }

  /** The rows before this one are no longer looked back over. */
  #evict(first: number): void {
    const { rows } = this
    const { flat, merged, retracted } = this.#aggregate
    const count = first - rows.first
    if (retracted?.retract !== undefined) {
      for (let i = rows.first; i < first; i++) {
        this.#retracted = retracted.retract(this.#retracted as CombinedAccumulator, rows.values[i] as In)
      }
    }
    rows.first = first
    if (first === rows.end) this.#retracted = undefined
    if (flat === undefined && merged === undefined) return
    if (count <= rows.inFront) {
      rows.inFront -= count
      if (merged !== undefined) this.#front.length -= count
      return
    }
    rows.inFront = rows.end - first
    this.#stack(rows.end)
  }

  #add(index: number): void {
    const { flat, merged } = this.#aggregate
    const { times, values } = this.rows
    const value = values[index] as In
    const timestamp = times[index] as number
    if (flat !== undefined) flat.add(this.#cells, 0, value, timestamp)
    if (merged !== undefined) this.#back = merged.add(this.#back ?? merged.create(), value, timestamp)
    this.#addRetracted(index)
  }

  #addRetracted(index: number): void {
    const { retracted } = this.#aggregate
    if (retracted === undefined) return
    const { times, values } = this.rows
    const held = this.#retracted ?? retracted.create()
    this.#retracted = retracted.add(held, values[index] as In, times[index] as number)
  }

  /** Rows up to `end` become the front; the back is empty. */
  #stack(end: number): void {
    const { flat, merged } = this.#aggregate
    const { times, values, first } = this.rows
    if (flat !== undefined) {
      const { width } = flat
      this.#makeRoom(end - first, width)
      const cells = this.#cells
      this.#empty(0, width)
      let at = ROWS_BEFORE_FRONT * width
      for (let i = end - 1; i >= first; i--, at += width) {
        this.#empty(at, width)
        flat.add(cells, at, values[i] as In, times[i] as number)
        if (i < end - 1) flat.merge(cells, at, cells, at - width)
      }
    }
    if (merged === undefined) return
    this.#front = []
    this.#back = undefined
    let newer: CombinedAccumulator | undefined
    for (let i = end - 1; i >= first; i--) {
      const sum = merged.add(merged.create(), values[i] as In, times[i] as number)
      newer = newer === undefined ? sum : merged.merge(sum, newer)
      this.#front.push(newer)
    }
  }

  /** For so many rows in front, and some more; what the cells hold is given up. */
  #makeRoom(inFront: number, width: number): void {
    const needed = (ROWS_BEFORE_FRONT + inFront) * width
    const { length } = this.#cells
    if (length >= needed && length <= 4 * needed) return
    this.#cells = new Float64Array((ROWS_BEFORE_FRONT + inFront + (inFront >> 2)) * width)
  }

  #empty(at: number, width: number): void {
    const { nothing } = this.#aggregate
    const cells = this.#cells
    for (let i = 0; i < width; i++) cells[at + i] = nothing[i] as number
  }
}
