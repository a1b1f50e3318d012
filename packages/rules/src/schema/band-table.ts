import type { Quantity } from '../expression/quantity.ts'
import type { Signal } from '../expression/signals.ts'
import type { Priority } from './rule-data.ts'

/**
 * One row of a band table, in its canonical form: values from `from` up to the next row's, of patients whose attribute lies
 * from `by` up to the next group's. The first of each reaches down, and the last up, without end.
 */
export interface TableRow {
  /** Its rule's id is the table's, a dot, and this. */
  readonly id: string
  readonly signal: Signal
  /** From which the attribute counts; absent in the lowest group. */
  readonly by?: Quantity
  /** From which the value counts; absent in the lowest row of its group. */
  readonly from?: Quantity
  /** How urgently someone must look at such a value; absent where it is as it should be. */
  readonly priority?: Priority
  /** What it means, for the one who is paged. */
  readonly because?: string
}

/**
 * Limits by attribute band and value band. Each row with a priority is a rule of its own. For each signal of the table there is
 * one more, technical and as urgent as the signal's most urgent row, for as long as the value or the attribute is unknown: a
 * patient of whom too little is known is an alarm too.
 */
export interface BandTable {
  readonly id: string
  /** The attribute that chooses the group: `age`. */
  readonly by: string
  /** By signal, then by group, then by value. */
  readonly rows: readonly TableRow[]
}

/** A table as it may be given: with the upper ends of its bands, which are held against holes and overlaps. */
export interface GivenTable {
  readonly id: string
  readonly by: string
  /** A value between two rows belongs to the one with the greatest lower end at or below it. */
  readonly continuous?: boolean
  readonly rows: readonly GivenTableRow[]
}

/** Ends belong to a band; a lower one may stand alone. A quantity may be a text: `"41 a"`. */
export interface GivenTableRow extends Omit<TableRow, 'by' | 'from'> {
  readonly by?: Quantity | string | { readonly from?: Quantity | string; readonly to?: Quantity | string }
  readonly from?: Quantity | string
  readonly to?: Quantity | string
}
