/** What is needed of a flat form to merge its rows. */
export interface FlatMerging {
  readonly width: number
  merge(cells: Float64Array, at: number, others: Float64Array, from: number): void
}

/** Rows before the first slice: what the back comes to, and what is made for `value`. */
const BACK_SUM = 0
const VALUE = 1
const FIRST = 2
const FEWEST_ROWS = 6

/**
 * `TwoStacks` whose slices are rows of doubles, with the same merges in the same order. Both stacks stand in one array, the oldest
 * slice first, each row behind the start of its slice:
 *
 * ```
 *   head              middle      tail
 *   [ front: sums → | back: slices as they came | room
 *     d+e+f  e+f  f   g  h
 * ```
 *
 * When the front is used up, the back becomes the front where it stands: each row takes in the one after it, from the newest to the
 * oldest. So a slice is copied once, and nothing is allocated but for more room.
 */
export class FlatTwoStacks {
  readonly #merging: FlatMerging
  readonly #width: number
  /** Of a row and the start before it. */
  readonly #stride: number
  #cells: Float64Array
  #head = FIRST
  #middle = FIRST
  #tail = FIRST

  constructor(merging: FlatMerging) {
    this.#merging = merging
    this.#width = merging.width
    this.#stride = merging.width + 1
    this.#cells = new Float64Array(FEWEST_ROWS * this.#stride)
  }

  get isEmpty(): boolean {
    return this.#head === this.#tail
  }

  /** Where the row of `value` stands. Not to be kept: it moves. */
  get cells(): Float64Array {
    return this.#cells
  }

  /** All slices merged, as an index into `cells`. Read-only, until the next call. */
  value(): number {
    const back = this.#tail - this.#middle === 1 ? this.#middle : BACK_SUM
    if (this.#head === this.#middle) return this.#indexOf(back)
    if (this.#middle === this.#tail) return this.#indexOf(this.#head)
    this.#copyRow(this.#head, VALUE)
    this.#mergeRow(VALUE, back)
    return this.#indexOf(VALUE)
  }

  /** Takes in a slice newer than all others: the row at `from` of `others`. */
  push(start: number, others: Float64Array, from: number): void {
    if ((this.#tail + 1) * this.#stride > this.#cells.length) this.#makeRoom()
    const row = this.#tail
    this.#tail = row + 1
    this.#write(row, start, others, from)
    const count = this.#tail - this.#middle
    if (count === 2) this.#copyRow(this.#middle, BACK_SUM)
    if (count >= 2) this.#mergeRow(BACK_SUM, row)
  }

  /** Lets go of slices that start before `oldest`. */
  evictBefore(oldest: number): void {
    while (this.#head < this.#middle && this.#startOf(this.#head) < oldest) this.#head += 1
    if (this.#head < this.#middle || this.#middle === this.#tail || this.#startOf(this.#middle) >= oldest) return
    while (this.#head < this.#tail && this.#startOf(this.#head) < oldest) this.#head += 1
    for (let row = this.#tail - 2; row >= this.#head; row--) this.#mergeRow(row, row + 1)
    this.#middle = this.#tail
  }

  /**
   * A record came late into a slice among these, new or not: the row at `from` of `others` has it by now, and the one at 0 of
   * `record` is what it alone comes to.
   */
  addLate(start: number, others: Float64Array, from: number, record: Float64Array): void {
    const middle = this.#middle
    if (this.#head < middle && start <= this.#startOf(middle - 1)) this.#addToFront(start, record)
    else this.#addToBack(start, others, from, record)
  }

  #addToFront(start: number, record: Float64Array): void {
    let row = this.#head
    while (this.#startOf(row) < start) this.#mergeIn(row++, record)
    if (this.#startOf(row) !== start) {
      row = this.#insert(row)
      this.#middle += 1
      this.#write(row, start, this.#cells, this.#indexOf(row + 1))
    }
    this.#mergeIn(row, record)
  }

  #addToBack(start: number, others: Float64Array, from: number, record: Float64Array): void {
    let row = this.#tail
    while (row > this.#middle && this.#startOf(row - 1) > start) row -= 1
    if (row > this.#middle && this.#startOf(row - 1) === start) {
      this.#write(row - 1, start, others, from)
      if (this.#tail - this.#middle > 1) this.#mergeIn(BACK_SUM, record)
    } else if (row === this.#tail) this.push(start, others, from)
    else {
      if (this.#tail - this.#middle === 1) this.#copyRow(this.#middle, BACK_SUM)
      this.#mergeIn(BACK_SUM, record)
      this.#write(this.#insert(row), start, others, from)
    }
  }

  /** Makes room for a slice before this row; gives the row that is free now, which may be another than it was. */
  #insert(row: number): number {
    const fromTail = this.#tail - row
    if ((this.#tail + 1) * this.#stride > this.#cells.length) this.#makeRoom()
    const free = this.#tail - fromTail
    const stride = this.#stride
    this.#cells.copyWithin((free + 1) * stride, free * stride, this.#tail * stride)
    this.#tail += 1
    return free
  }

  /** Moves rows to the beginning, of a larger array where they fill half of this one. */
  #makeRoom(): void {
    const stride = this.#stride
    const before = this.#cells
    const gone = this.#head - FIRST
    const length = this.#tail - this.#head
    if (length * 2 * stride > before.length - FIRST * stride) {
      this.#cells = new Float64Array(before.length * 2)
      this.#cells.set(before.subarray(0, FIRST * stride))
      this.#cells.set(before.subarray(this.#head * stride, this.#tail * stride), FIRST * stride)
    } else before.copyWithin(FIRST * stride, this.#head * stride, this.#tail * stride)
    this.#head = FIRST
    this.#middle -= gone
    this.#tail -= gone
  }

  #startOf(row: number): number {
    return this.#cells[row * this.#stride] as number
  }

  #indexOf(row: number): number {
    return row * this.#stride + 1
  }

  #write(row: number, start: number, others: Float64Array, from: number): void {
    const cells = this.#cells
    const at = this.#indexOf(row)
    cells[at - 1] = start
    for (let i = 0; i < this.#width; i++) cells[at + i] = others[from + i] as number
  }

  #copyRow(from: number, to: number): void {
    this.#write(to, this.#startOf(from), this.#cells, this.#indexOf(from))
  }

  #mergeRow(row: number, other: number): void {
    this.#merging.merge(this.#cells, this.#indexOf(row), this.#cells, this.#indexOf(other))
  }

  #mergeIn(row: number, record: Float64Array): void {
    this.#merging.merge(this.#cells, this.#indexOf(row), record, 0)
  }
}
