import { ChunkedIntegers } from '../../../collections/chunked-integers.ts'
import type { FlatLayout, FlatPane, FlatPaneTable } from '../../flat-panes.ts'
import type { KeyTable } from './key-table.ts'

/** The cells of some keys and namespaces, as they are packed: a row each of all three. */
export interface FlatRows {
  readonly layout: string
  /** Indices of keys. */
  readonly keys: Uint32Array
  readonly namespaces: Float64Array
  readonly cells: Float64Array
}

/** The flat accumulators of all keys and namespaces: a pane a namespace, in it a row of cells for each key. */
export class FlatPaneColumn implements FlatPaneTable {
  readonly layout: FlatLayout
  readonly #keys: KeyTable
  readonly #panes = new Map<number, HeapFlatPane>()
  /** Empty, for the next namespaces: slices come and go, and arrays are dear to make. */
  readonly #spare: HeapFlatPane[] = []

  constructor(keys: KeyTable, layout: FlatLayout) {
    this.#keys = keys
    this.layout = layout
  }

  get(namespace: number): FlatPane | undefined {
    return this.#panes.get(namespace)
  }

  getOrCreate(namespace: number): FlatPane {
    return this.#pane(namespace)
  }

  #pane(namespace: number): HeapFlatPane {
    let pane = this.#panes.get(namespace)
    if (pane === undefined) {
      pane = this.#spare.pop() ?? new HeapFlatPane(this.#keys, this.layout)
      pane.namespace = namespace
      this.#panes.set(namespace, pane)
    }
    return pane
  }

  remove(namespace: number): void {
    const pane = this.#panes.get(namespace)
    if (pane === undefined) return
    this.#panes.delete(namespace)
    pane.releaseAll()
    if (this.#spare.length >= MOST_SPARE || !pane.isSmall) return
    pane.clear()
    this.#spare.push(pane)
  }

  namespaces(): number[] {
    return [...this.#panes.keys()].sort((a, b) => a - b)
  }

  /** The rows of these slots, for a snapshot; keys are told by their place in the list. */
  pack(slots: readonly number[]): FlatRows {
    const { width, name: layout } = this.layout
    const keys: number[] = []
    const namespaces: number[] = []
    for (const pane of this.#panes.values()) {
      for (let i = 0; i < slots.length; i++) {
        if (pane.rowOf(slots[i] as number) < 0) continue
        keys.push(i)
        namespaces.push(pane.namespace)
      }
    }
    const cells = new Float64Array(keys.length * width)
    keys.forEach((key, i) => {
      const pane = this.#panes.get(namespaces[i] as number) as HeapFlatPane
      const row = pane.rowOf(slots[key] as number)
      const at = pane.indexOf(row)
      cells.set(pane.cellsOf(row).subarray(at, at + width), i * width)
    })
    return { layout, keys: Uint32Array.from(keys), namespaces: Float64Array.from(namespaces), cells }
  }

  restore(slots: readonly number[], { keys, namespaces, cells }: FlatRows): void {
    const { width } = this.layout
    keys.forEach((key, i) => {
      const pane = this.#pane(namespaces[i] as number)
      const row = pane.rowFor(slots[key] as number)
      pane.cellsOf(row).set(cells.subarray(i * width, (i + 1) * width), pane.indexOf(row))
    })
  }
}

const BITS = 10
const ROWS = 1 << BITS
const FEWEST_ROWS = 8
const MOST_SPARE = 4
/** With more keys than this, the index of a spare pane might hold more memory than making it anew costs time. */
const MOST_KEYS_OF_SPARE = 65_536

/** Rows stand in the order in which their keys came. */
class HeapFlatPane implements FlatPane {
  namespace = 0
  readonly #keys: KeyTable
  readonly #layout: FlatLayout
  readonly #width: number
  /** By slot, one more than its row. */
  readonly #rowAfter = new ChunkedIntegers()
  /** By row. */
  readonly #slots = new ChunkedIntegers()
  /** Of 1,024 rows each; the first doubles up to that. */
  readonly #chunks: Float64Array[] = []
  #size = 0

  constructor(keys: KeyTable, layout: FlatLayout) {
    this.#keys = keys
    this.#layout = layout
    this.#width = layout.width
  }

  /** Has it so little room that it may wait for another namespace? */
  get isSmall(): boolean {
    return this.#size <= ROWS && this.#keys.slotCount <= MOST_KEYS_OF_SPARE
  }

  rowOf(slot: number): number {
    return this.#rowAfter.get(slot) - 1
  }

  ensureRow(slot: number): number {
    this.#keys.mark(slot)
    return this.rowFor(slot)
  }

  /** As `ensureRow`, of what stands in the snapshot already. */
  rowFor(slot: number): number {
    const row = this.#rowAfter.get(slot) - 1
    return row >= 0 ? row : this.#addRow(slot)
  }

  cellsOf(row: number): Float64Array {
    return this.#chunks[row >> BITS] as Float64Array
  }

  indexOf(row: number): number {
    return (row & (ROWS - 1)) * this.#width
  }

  slotsByKey(): readonly number[] {
    const slots: number[] = []
    for (let row = 0; row < this.#size; row++) slots.push(this.#slots.get(row))
    return this.#keys.inKeyOrder(slots)
  }

  releaseAll(): void {
    for (let row = 0; row < this.#size; row++) {
      const slot = this.#slots.get(row)
      this.#keys.mark(slot)
      this.#keys.release(slot)
    }
  }

  /** Makes it as it was when it was new, but for its room. */
  clear(): void {
    for (let row = 0; row < this.#size; row++) this.#rowAfter.set(this.#slots.get(row), 0)
    this.#chunks[0]?.fill(0, 0, this.#size * this.#width)
    this.#size = 0
  }

  #addRow(slot: number): number {
    const row = this.#size
    const number = row >> BITS
    const end = this.indexOf(row) + this.#width
    const chunk = this.#chunks[number]
    if (chunk === undefined) this.#chunks.push(new Float64Array((number === 0 ? FEWEST_ROWS : ROWS) * this.#width))
    else if (end > chunk.length) {
      const larger = new Float64Array(chunk.length * 2)
      larger.set(chunk)
      this.#chunks[number] = larger
    }
    this.#layout.create(this.cellsOf(row), this.indexOf(row))
    this.#size = row + 1
    this.#slots.set(row, slot)
    this.#rowAfter.set(slot, row + 1)
    this.#keys.retain(slot)
    return row
  }
}
