import type { DuckDBType } from '@duckdb/node-api'
import { MillraceConnectorError } from '../errors.ts'
import type { DuckDb } from './duckdb.ts'

/** What a column of each type takes; `null` and `undefined` are absent. */
interface ColumnValues {
  VARCHAR: string
  /** NaN is absent. */
  DOUBLE: number
  INTEGER: number
  BIGINT: number | bigint
  BOOLEAN: boolean
  /** Ms since 1970 UTC. In SQL a TIMESTAMP, in UTC. */
  TIMESTAMP_MS: number | Date
  /** Kept as its text: `why->>'$.unit'` in SQL. */
  JSON: unknown
}

export type ColumnType = keyof ColumnValues

/** Columns of a table, by name: `{ patientId: 'VARCHAR', time: 'TIMESTAMP_MS', heartRate: 'DOUBLE' }`. */
export type Columns = Readonly<Record<string, ColumnType>>

/** What a table with such columns takes. Other properties of a record are left out. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]?: ColumnValues[C[K]] | null | undefined }

/** A vector of DuckDB's, as far as it is written to. */
export interface WritableVector {
  setItem(index: number, value: unknown): void
}

/** How values reach DuckDB, and how they stand in Parquet. */
interface ColumnKind {
  /**
   * The type of the table in which rows wait. What can be is a DOUBLE there, NaN where it is absent: no bigint is made a
   * row, and the bits that say which items are NULL, which the binding sets by bigint arithmetic, are not needed.
   */
  readonly pending: 'VARCHAR' | 'DOUBLE' | 'BIGINT'
  /** SQL that makes the column of the one that waited. */
  toParquet(column: string): string
  /** As `describe` shows it. */
  readonly sqlType: string
  /** Writes one column of a chunk. Returns the index of a value that does not fit, or -1. */
  fill(vector: WritableVector, rows: readonly unknown[], name: string): number
}

type Row = Readonly<Record<string, unknown>>

const asItIs = (column: string): string => column
const unlessNaN = (column: string, sql: string): string => `case when isnan(${column}) then null else ${sql} end`

/** SQL that makes a TIMESTAMP of ms in a DOUBLE, NULL of NaN. */
export function timestampSql(column: string): string {
  return unlessNaN(column, `make_timestamp_ms(${column}::BIGINT)`)
}

/** The furthest times that JavaScript's dates have, in ms. */
export const LAST_TIME: number = 8_640_000_000_000_000

export const COLUMN_KINDS: Readonly<Record<ColumnType, ColumnKind>> = {
  VARCHAR: { pending: 'VARCHAR', sqlType: 'VARCHAR', toParquet: asItIs, fill: fillTexts },
  DOUBLE: {
    pending: 'DOUBLE',
    sqlType: 'DOUBLE',
    toParquet: (column) => unlessNaN(column, column),
    fill: fillDoubles,
  },
  INTEGER: {
    pending: 'DOUBLE',
    sqlType: 'INTEGER',
    toParquet: (column) => unlessNaN(column, `${column}::INTEGER`),
    fill: (vector, rows, name) =>
      fillConverted(vector, rows, name, Number.NaN, (value) => (((value as number) | 0) === value ? value : undefined)),
  },
  BIGINT: {
    pending: 'BIGINT',
    sqlType: 'BIGINT',
    toParquet: asItIs,
    fill: (vector, rows, name) =>
      fillConverted(vector, rows, name, null, (value) => {
        if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined
        return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
      }),
  },
  BOOLEAN: {
    pending: 'DOUBLE',
    sqlType: 'BOOLEAN',
    toParquet: (column) => unlessNaN(column, `${column} = 1`),
    fill: (vector, rows, name) =>
      fillConverted(vector, rows, name, Number.NaN, (value) =>
        typeof value === 'boolean' ? Number(value) : undefined,
      ),
  },
  TIMESTAMP_MS: { pending: 'DOUBLE', sqlType: 'TIMESTAMP', toParquet: timestampSql, fill: fillTimes },
  JSON: {
    pending: 'VARCHAR',
    sqlType: 'VARCHAR',
    toParquet: asItIs,
    fill: (vector, rows, name) => fillConverted(vector, rows, name, null, jsonText),
  },
}

/** DuckDB's types of the table in which rows wait. */
export function pendingTypes(duckdb: DuckDb, columns: readonly ColumnType[]): readonly DuckDBType[] {
  return columns.map((type) => duckdb[COLUMN_KINDS[type].pending])
}

/**
 * Writes one column of a chunk.
 *
 * @throws LAKE_VALUE_INVALID, with the column and never the value.
 */
export function fillColumn(vector: WritableVector, rows: readonly unknown[], name: string, type: ColumnType): void {
  const unfit = COLUMN_KINDS[type].fill(vector, rows, name)
  if (unfit < 0) return
  throw new MillraceConnectorError(
    'LAKE_VALUE_INVALID',
    `a record's ${name} is ${typeof (rows[unfit] as Row)[name]} and does not fit the column's type ${type}`,
  )
}

// A loop for each of the three that most columns have: called through one closure for all, they take twice as long
// (benchmarks: `npm run bench -- lake`).
function fillDoubles(vector: WritableVector, rows: readonly unknown[], name: string): number {
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[name]
    if (typeof value === 'number') vector.setItem(index, value)
    else if (value === undefined || value === null) vector.setItem(index, Number.NaN)
    else return index
  }
  return -1
}

function fillTimes(vector: WritableVector, rows: readonly unknown[], name: string): number {
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[name]
    const time = value instanceof Date ? value.getTime() : value
    if (typeof time === 'number' && Math.trunc(time) === time && Math.abs(time) <= LAST_TIME)
      vector.setItem(index, time)
    else if (time === undefined || time === null) vector.setItem(index, Number.NaN)
    else return index
  }
  return -1
}

function fillTexts(vector: WritableVector, rows: readonly unknown[], name: string): number {
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[name]
    if (typeof value === 'string') vector.setItem(index, value)
    else if (value === undefined || value === null) vector.setItem(index, null)
    else return index
  }
  return -1
}

/** `convert` gives `undefined` for what does not fit. */
function fillConverted(
  vector: WritableVector,
  rows: readonly unknown[],
  name: string,
  absent: unknown,
  convert: (value: NonNullable<unknown>) => unknown,
): number {
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[name]
    const item = value === undefined || value === null ? absent : convert(value)
    if (item === undefined) return index
    vector.setItem(index, item)
  }
  return -1
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
