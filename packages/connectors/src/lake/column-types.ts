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
