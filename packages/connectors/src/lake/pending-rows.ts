import { mkdir } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api'
import {
  COLUMN_KINDS,
  type Columns,
  type ColumnType,
  fillColumn,
  pendingTypes,
  type WritableVector,
} from './columns.ts'
import { type DuckDb, quoteName, quoteText } from './duckdb.ts'
import { parquetFiles, removeTree } from './table-files.ts'

/** What a chunk of DuckDB's holds. Filling one takes about a ms, and nothing else runs meanwhile. */
const CHUNK_ROWS = 2_048

/** The name of the column, beside the declared ones, that says into which hour a row belongs. */
const PARTITION = 'millrace partition'

/**
 * The rows of the checkpoint under way, in a table of DuckDB's: in memory as far as its limit allows, else on the disk.
 * At most 2,048 wait as JavaScript's objects.
 */
export class PendingRows {
  readonly #duckdb: DuckDb
  readonly #connection: DuckDBConnection
  readonly #columns: readonly (readonly [string, ColumnType])[]
  readonly #partitionTime: string | undefined
  #appender: DuckDBAppender | undefined
  #rows: unknown[] = []
  #times: { readonly [PARTITION]: number | null }[] = []
  #appended = 0

  constructor(duckdb: DuckDb, connection: DuckDBConnection, columns: Columns, partitionTime: string | undefined) {
    this.#duckdb = duckdb
    this.#connection = connection
    this.#columns = Object.entries(columns)
    this.#partitionTime = partitionTime
  }

  get count(): number {
    return this.#appended + this.#rows.length
  }

  /** @throws LAKE_VALUE_INVALID */
  async add(values: readonly unknown[], timestamps: readonly number[]): Promise<void> {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      this.#rows.push(value)
      this.#times.push({ [PARTITION]: this.#partitionOf(value, timestamps[index] as number) })
      if (this.#rows.length < CHUNK_ROWS) continue
      await this.#appendChunk()
      await nextTurn()
    }
  }

  /**
   * Writes all rows as Parquet, a folder an hour, and forgets them. Returns the files, relative to `directory`. They are
   * not durable yet.
   */
  async writeParquet(directory: string, metadata: Readonly<Record<string, string>>): Promise<readonly string[]> {
    await this.#appendChunk()
    this.#appender?.closeSync()
    this.#appender = undefined
    await removeTree(directory)
    await mkdir(directory, { recursive: true })
    const time = `make_timestamp_ms(${quoteName(PARTITION)}::BIGINT)`
    const columns = this.#columns.map(([name, type]) => {
      const column = quoteName(name)
      return `${COLUMN_KINDS[type].toParquet(column)} as ${column}`
    })
    const footer = Object.entries(metadata).map(([key, value]) => `${quoteName(key)}: ${quoteText(value)}`)
    await this.#connection.run(
      `copy (select ${columns.join(', ')}, ${time}::DATE as day, date_trunc('hour', ${time}) as hour from pending)
       to ${quoteText(directory)}
       (format parquet, partition_by (day, hour), filename_pattern '{i}', kv_metadata {${footer.join(', ')}})`,
    )
    await this.#connection.run('drop table pending')
    this.#appended = 0
    return parquetFiles(directory)
  }

  close(): void {
    this.#connection.closeSync()
  }

  async #appendChunk(): Promise<void> {
    const rows = this.#rows
    if (rows.length === 0) return
    const appender = await this.#openAppender()
    const types = this.#columns.map(([, type]) => type)
    const chunk = this.#duckdb.DuckDBDataChunk.create(pendingTypes(this.#duckdb, [...types, 'DOUBLE']), rows.length)
    for (const [index, [name, type]] of this.#columns.entries()) {
      const vector = chunk.getColumnVector(index)
      fillColumn(vector as WritableVector, rows, name, type)
      vector.flush()
    }
    const partition = chunk.getColumnVector(types.length)
    fillColumn(partition as WritableVector, this.#times, PARTITION, 'DOUBLE')
    partition.flush()
    appender.appendDataChunk(chunk)
    this.#appended += rows.length
    this.#rows = []
    this.#times = []
  }

  async #openAppender(): Promise<DuckDBAppender> {
    if (this.#appender !== undefined) return this.#appender
    const columns = this.#columns.map(([name, type]) => `${quoteName(name)} ${COLUMN_KINDS[type].pending}`)
    await this.#connection.run(
      `create or replace temp table pending (${columns.join(', ')}, ${quoteName(PARTITION)} DOUBLE)`,
    )
    this.#appender = await this.#connection.createAppender('pending')
    return this.#appender
  }

  #partitionOf(value: unknown, timestamp: number): number | null {
    const chosen =
      this.#partitionTime === undefined ? timestamp : (value as Readonly<Record<string, unknown>>)[this.#partitionTime]
    const time = chosen instanceof Date ? chosen.getTime() : chosen
    return Number.isFinite(time) ? Math.floor(time as number) : null
  }
}
