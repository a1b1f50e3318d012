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
export interface ColumnKind {
  /** The type of the table in which rows wait. Numbers wait as DOUBLE: no bigint is made a row. */
  readonly pending: 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN'
  /** SQL that makes the column of the one that waited. */
  toParquet(column: string): string
  /** As `describe` shows it. */
  readonly sqlType: string
  /** What to hand to the vector, `null` where it is absent, `undefined` where it does not fit. */
  convert(value: NonNullable<unknown>): unknown
}

const asItIs = (column: string): string => column

/** The furthest times that JavaScript's dates have. */
const LAST_TIME = 8_640_000_000_000_000

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
    toParquet: asItIs,
    convert: (value) => (typeof value === 'number' ? (Number.isNaN(value) ? null : value) : undefined),
  },
  INTEGER: {
    pending: 'DOUBLE',
    sqlType: 'INTEGER',
    toParquet: (column) => `${column}::INTEGER`,
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
    pending: 'BOOLEAN',
    sqlType: 'BOOLEAN',
    toParquet: asItIs,
    convert: (value) => (typeof value === 'boolean' ? value : undefined),
  },
  TIMESTAMP_MS: {
    pending: 'DOUBLE',
    sqlType: 'TIMESTAMP',
    toParquet: (column) => `make_timestamp_ms(${column}::BIGINT)`,
    convert: (value) => {
      const time = value instanceof Date ? value.getTime() : value
      return Number.isSafeInteger(time) && Math.abs(time as number) <= LAST_TIME ? time : undefined
    },
  },
  JSON: {
    pending: 'VARCHAR',
    sqlType: 'VARCHAR',
    toParquet: asItIs,
    convert: (value) => jsonText(value),
  },
}

/** DuckDB's types of the table in which rows wait. */
export function pendingTypes(duckdb: DuckDb, columns: readonly ColumnType[]): readonly DuckDBType[] {
  return columns.map((type) => duckdb[COLUMN_KINDS[type].pending])
}

/**
 * Writes one column of a chunk. Returns how many characters of text it holds.
 *
 * @throws LAKE_VALUE_INVALID, with the column and never the value.
 */
export function fillColumn(vector: WritableVector, rows: readonly unknown[], name: string, type: ColumnType): number {
  const { convert, pending } = COLUMN_KINDS[type]
  let characters = 0
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Readonly<Record<string, unknown>>)[name]
    const item = value === undefined || value === null ? null : convert(value)
    if (item === undefined) {
      throw new MillraceConnectorError(
        'LAKE_VALUE_INVALID',
        `a record's ${name} is ${typeof value} and does not fit the column's type ${type}`,
      )
    }
    if (pending === 'VARCHAR' && item !== null) characters += (item as string).length
    vector.setItem(index, item)
  }
  return characters
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
