export type Cell = string | number | boolean | null

/** A row of a result: values by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>

export interface RowComparison {
  /** How many rows of one bag have an equal one in the other. */
  readonly equal: number
  readonly onlyThere: readonly Row[]
  readonly onlyHere: readonly Row[]
  /** Rows that agree but in a column that is compared roughly: there, here. */
  readonly differing: readonly (readonly [Row, Row])[]
}

/** How far two numbers in a rough column may be apart: this much of the greater of them, and of 1. */
const NEAR = 1e-9

/**
 * Holds two bags of rows against each other: their order does not count, how often a row comes does. Cells are compared
 * exactly, those of the `near` columns to one part in 1e9 (means, sums and spreads, which depend on the order of adding).
 */
export function compareRows(there: readonly Row[], here: readonly Row[], near: readonly string[] = []): RowComparison {
  const [theirs, ours] = [ordered(there, near), ordered(here, near)]
  const onlyThere: Row[] = []
  const onlyHere: Row[] = []
  const differing: [Row, Row][] = []
  let equal = 0
  for (let i = 0, j = 0; i < theirs.length || j < ours.length; ) {
    const [a, b] = [theirs[i], ours[j]]
    if (b === undefined || (a !== undefined && a.exact < b.exact)) {
      onlyThere.push((a as OrderedRow).row)
      i += 1
    } else if (a === undefined || b.exact < a.exact) {
      onlyHere.push(b.row)
      j += 1
    } else {
      if (near.every((name) => isNear(a.row[name], b.row[name]))) equal += 1
      else differing.push([a.row, b.row])
      i += 1
      j += 1
    }
  }
  return { equal, onlyThere, onlyHere, differing }
}

interface OrderedRow {
  /** The exact cells and which columns there are, as a text that orders rows and tells them apart. */
  readonly exact: string
  readonly row: Row
}

function ordered(rows: readonly Row[], near: readonly string[]): OrderedRow[] {
  return rows
    .map((row) => {
      const names = Object.keys(row).sort()
      return { exact: JSON.stringify(names.map((name) => [name, near.includes(name) ? '' : row[name]])), row }
    })
    .sort((a, b) => {
      if (a.exact !== b.exact) return a.exact < b.exact ? -1 : 1
      // Rows with equal exact cells meet in the order of the rough ones.
      for (const name of near) {
        const difference =
          Number(a.row[name] ?? Number.NEGATIVE_INFINITY) - Number(b.row[name] ?? Number.NEGATIVE_INFINITY)
        if (difference !== 0 && !Number.isNaN(difference)) return difference
      }
      return 0
    })
}

function isNear(a: Cell | undefined, b: Cell | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b
  return a === b || Math.abs(a - b) <= NEAR * Math.max(1, Math.abs(a), Math.abs(b))
}
