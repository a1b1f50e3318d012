/**
 * The lake: layers of Parquet files in hive folders by day and hour (UTC), under SQL through DuckDB.
 *
 * Sinks. Delivery: exactly once. Readers see a checkpoint's files when it is committed; each file appears whole, the
 * files of one checkpoint one after the other. Order: none within a file. What a restart repeats: nothing; files that
 * were prepared are moved into the table, leftovers of a dead process are removed, and where a job goes back to an
 * older checkpoint, the files of later ones are. One writer a step's id.
 *
 * Reading is SQL. There is no source yet.
 */
export { type ConnectorErrorCode, MillraceConnectorError } from '../errors.ts'
export type { Columns, ColumnType, RowOf } from './column-types.ts'
export { type Lake, openLake, type RawRow } from './lake.ts'
export type { LakeOptions, TableOptions, TypedTableOptions } from './options.ts'
export type { QueryParameter } from './query.ts'
