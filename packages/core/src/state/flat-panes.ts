/** What a row of cells holds, and how it comes to be. */
export interface FlatLayout {
  /** Written beside the cells; cells of another layout are refused. */
  readonly name: string
  readonly width: number
  /** Makes a row, zero before, an accumulator of nothing. */
  create(cells: Float64Array, at: number): void
  /** Turns an accumulator of an older snapshot, which has objects, into a row. */
  write(cells: Float64Array, at: number, accumulator: unknown): void
}

/**
 * Accumulators of windows as rows of doubles: one `FlatPane` a namespace (a slice's start), one row a key in it. A row is changed in
 * place, which `ensureRow` announces.
 */
export interface FlatPaneTable {
  get(namespace: number): FlatPane | undefined
  getOrCreate(namespace: number): FlatPane
  /** Removes a pane with all its rows; keys with nothing left go. */
  remove(namespace: number): void
  /** Namespaces that have a pane, ascending. */
  namespaces(): number[]
}

export interface FlatPane {
  /** The row of a slot, or -1. To read. */
  rowOf(slot: number): number
  /** The row of a slot, made if there is none; marks the slot as changed. */
  ensureRow(slot: number): number
  /** Where a row stands: its cells begin at `indexOf(row)` of this. Not to be kept: a small pane that grows moves. */
  cellsOf(row: number): Float64Array
  indexOf(row: number): number
  /** Slots that have a row, in the order of their keys. */
  slotsByKey(): readonly number[]
}
