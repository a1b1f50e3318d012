import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBAppender, DuckDBConnection, DuckDBDoubleVector } from '@duckdb/node-api'
import {
  COLUMN_KINDS,
  type Columns,
  type ColumnType,
  fillColumn,
  LAST_TIME,
  pendingTypes,
  timestampSql,
  type WritableVector,
} from './columns.ts'
import { type DuckDb, quoteName, quoteText } from './duckdb.ts'
import { hourFolder, parquetFiles, removeTree } from './table-files.ts'

const HOUR_MS = 3_600_000

/** What a chunk of DuckDB's holds. Filling one takes about a ms, and nothing else runs meanwhile. */
const CHUNK_ROWS = 2_048

/** The name of the column, beside the declared ones, that says into which hour a row belongs. */
const PARTITION = 'millrace partition'

/** Left alone, the appender works off 204,800 rows at once, in 40 ms; so it takes 5. */
const FLUSHED_ROWS = 8 * CHUNK_ROWS

/** With more hours than this, DuckDB deals the rows out itself: slower for few hours, faster for many. */
const MOST_HOURS_ONE_BY_ONE = 16

/** The years whose hours have folders that we name ourselves: 0001 to 9999. */
const FIRST_HOUR = -17_259_888
const LAST_HOUR = 70_389_527

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
  #times: Float64Array = new Float64Array(CHUNK_ROWS)
  #appended = 0
  /** The hours of the rows since 1970 UTC, NaN for none; no more than are dealt out one by one, and one. */
  readonly #hours = new Set<number>()

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
      const time = this.#partitionOf(value, timestamps[index] as number)
      this.#times[this.#rows.push(value) - 1] = time
      if (this.#hours.size <= MOST_HOURS_ONE_BY_ONE) this.#hours.add(Math.floor(time / HOUR_MS))
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
    const footer = Object.entries(metadata).map(([key, value]) => `${quoteName(key)}: ${quoteText(value)}`)
    const format = `format parquet, kv_metadata {${footer.join(', ')}}`
    const hours = [...this.#hours]
    const oneByOne = hours.length <= MOST_HOURS_ONE_BY_ONE && hours.every((h) => h >= FIRST_HOUR && h <= LAST_HOUR)
    if (oneByOne) for (const hour of hours) await this.#copyHour(directory, hour, format)
    else await this.#copyAll(directory, format)
    await this.#connection.run('rollback')
    this.#appended = 0
    this.#hours.clear()
    return parquetFiles(directory)
  }

  close(): void {
    this.#connection.closeSync()
  }

  async #copyHour(directory: string, hour: number, format: string): Promise<void> {
    const folder = join(directory, hourFolder(hour))
    await mkdir(folder, { recursive: true })
    const time = quoteName(PARTITION)
    await this.#connection.run(
      `copy (select ${this.#selected()} from pending where ${time} >= ${hour * HOUR_MS} and ${time} < ${(hour + 1) * HOUR_MS})
       to ${quoteText(join(folder, '0.parquet'))} (${format})`,
    )
  }

  async #copyAll(directory: string, format: string): Promise<void> {
    const time = timestampSql(quoteName(PARTITION))
    await this.#connection.run(
      `copy (select ${this.#selected()}, (${time})::DATE as day, date_trunc('hour', ${time}) as hour from pending)
       to ${quoteText(directory)} (${format}, partition_by (day, hour), filename_pattern '{i}')`,
    )
  }

  #selected(): string {
    const columns = this.#columns.map(([name, type]) => {
      const column = quoteName(name)
      return `${COLUMN_KINDS[type].toParquet(column)} as ${column}`
    })
    return columns.join(', ')
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
    const partition = chunk.getColumnVector(types.length) as DuckDBDoubleVector
    for (let index = 0; index < rows.length; index++) partition.setItem(index, this.#times[index] as number)
    partition.flush()
    appender.appendDataChunk(chunk)
    this.#appended += rows.length
    if (this.#appended % FLUSHED_ROWS === 0) appender.flushSync()
    this.#rows = []
  }

  async #openAppender(): Promise<DuckDBAppender> {
    if (this.#appender !== undefined) return this.#appender
    const columns = this.#columns.map(([name, type]) => `${quoteName(name)} ${COLUMN_KINDS[type].pending}`)
    // One transaction for the table's whole life: what it holds is nobody else's, and merging it in costs time.
    await this.#connection.run('begin')
    await this.#connection.run(`create temp table pending (${columns.join(', ')}, ${quoteName(PARTITION)} DOUBLE)`)
    this.#appender = await this.#connection.createAppender('pending')
    return this.#appender
  }

  /** NaN where there is none. */
  #partitionOf(value: unknown, timestamp: number): number {
    const chosen =
      this.#partitionTime === undefined ? timestamp : (value as Readonly<Record<string, unknown>>)[this.#partitionTime]
    const time = chosen instanceof Date ? chosen.getTime() : chosen
    return typeof time === 'number' && Math.abs(time) <= LAST_TIME ? Math.floor(time) : Number.NaN
  }
}
