import type { DuckDBType } from '@duckdb/node-api'
import { MillraceConnectorError } from '../errors.ts'
import type { ColumnType } from './column-types.ts'
import type { DuckDb } from './duckdb.ts'

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
  /** What to hand to the vector; `undefined` where the value does not fit. */
  convert(value: NonNullable<unknown>): unknown
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
  VARCHAR: {
    pending: 'VARCHAR',
    sqlType: 'VARCHAR',
    toParquet: asItIs,
    convert: (value) => (typeof value === 'string' ? value : undefined),
  },
  DOUBLE: {
    pending: 'DOUBLE',
    sqlType: 'DOUBLE',
    toParquet: (column) => unlessNaN(column, column),
    convert: (value) => (typeof value === 'number' ? value : undefined),
  },
  INTEGER: {
    pending: 'DOUBLE',
    sqlType: 'INTEGER',
    toParquet: (column) => unlessNaN(column, `${column}::INTEGER`),
    convert: (value) => (((value as number) | 0) === value ? value : undefined),
  },
  BIGINT: {
    pending: 'BIGINT',
    sqlType: 'BIGINT',
    toParquet: asItIs,
    convert: (value) => {
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
    },
  },
  BOOLEAN: {
    pending: 'DOUBLE',
    sqlType: 'BOOLEAN',
    toParquet: (column) => unlessNaN(column, `${column} = 1`),
    convert: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  },
  TIMESTAMP_MS: {
    pending: 'DOUBLE',
    sqlType: 'TIMESTAMP',
    toParquet: timestampSql,
    convert: (value) => {
      const time = value instanceof Date ? value.getTime() : value
      return Number.isInteger(time) && Math.abs(time as number) <= LAST_TIME ? time : undefined
    },
  },
  JSON: { pending: 'VARCHAR', sqlType: 'VARCHAR', toParquet: asItIs, convert: jsonText },
}

/** With more texts than these in a chunk, each is written by itself. */
const MOST_MEMBERS = 128

/**
 * The type in which a chunk carries a column; DuckDB casts it to that of the table. A text costs 280 ns to write; the
 * members of an ENUM, where a chunk holds few different texts, 60, and NULL throughout, nothing.
 */
export function chunkType(duckdb: DuckDb, rows: readonly unknown[], name: string, type: ColumnType): DuckDBType {
  const { pending } = COLUMN_KINDS[type]
  if (pending === 'DOUBLE') return duckdb.DOUBLE
  const members = new Set<string>()
  let isTextOrAbsent = type === 'VARCHAR'
  let isAbsent = true
  for (let index = 0; index < rows.length && (isTextOrAbsent || isAbsent); index++) {
    const value = (rows[index] as Row)[name]
    if (value === undefined || value === null) continue
    isAbsent = false
    if (!isTextOrAbsent || members.has(value as string)) continue
    isTextOrAbsent = typeof value === 'string' && isMember(value) && members.add(value).size <= MOST_MEMBERS
  }
  if (isAbsent) return duckdb.SQLNULL
  return isTextOrAbsent ? duckdb.ENUM8([...members]) : duckdb[pending]
}

/** The binding hands over names of members as C has them: to the first NUL. */
function isMember(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * Writes one column of a chunk.
 *
 * @throws LAKE_VALUE_INVALID, with the column and never the value.
 */
export function fillColumn(vector: WritableVector, rows: readonly unknown[], name: string, type: ColumnType): void {
  const { convert, pending } = COLUMN_KINDS[type]
  const absent = pending === 'DOUBLE' ? Number.NaN : null
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[name]
    const item = value === undefined || value === null ? absent : convert(value)
    if (item === undefined) {
      throw new MillraceConnectorError(
        'LAKE_VALUE_INVALID',
        `a record's ${name} is ${typeof value} and does not fit the column's type ${type}`,
      )
    }
    vector.setItem(index, item)
  }
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
