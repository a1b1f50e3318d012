import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DuckDBAppender, DuckDBConnection, DuckDBDoubleVector } from '@duckdb/node-api'
import type { Columns, ColumnType } from './column-types.ts'
import { COLUMN_KINDS, chunkType, fillColumn, LAST_TIME, timestampSql, type WritableVector } from './columns.ts'
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

/** A file of rows, and the hive folders in which they belong. */
export interface HourFile {
  readonly file: string
  readonly folder: string
}

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
   * Writes all rows as Parquet files of one hour each, `prefix-0.parquet` and on, and forgets them. Makes nothing
   * durable.
   */
  async writeParquet(
    directory: string,
    prefix: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<readonly HourFile[]> {
    await this.#appendChunk()
    this.#appender?.closeSync()
    this.#appender = undefined
    const footer = Object.entries(metadata).map(([key, value]) => `${quoteName(key)}: ${quoteText(value)}`)
    const format = `format parquet, kv_metadata {${footer.join(', ')}}`
    const hours = [...this.#hours].sort((a, b) => a - b)
    const oneByOne = hours.length <= MOST_HOURS_ONE_BY_ONE && hours.every((h) => h >= FIRST_HOUR && h <= LAST_HOUR)
    const files = oneByOne
      ? await this.#copyHours(hours, directory, prefix, format)
      : await this.#copyAll(directory, prefix, format)
    await this.#connection.run('rollback')
    this.#appended = 0
    this.#hours.clear()
    return files
  }

  close(): void {
    this.#connection.closeSync()
  }

  async #copyHours(hours: readonly number[], directory: string, prefix: string, format: string): Promise<HourFile[]> {
    const files: HourFile[] = []
    const time = quoteName(PARTITION)
    for (const hour of hours) {
      const file = `${prefix}-${files.length}.parquet`
      const [from, to] = [hour * HOUR_MS, (hour + 1) * HOUR_MS]
      await this.#connection.run(
        `copy (select ${this.#selected()} from pending where ${time} >= ${from} and ${time} < ${to})
         to ${quoteText(join(directory, file))} (${format})`,
      )
      files.push({ file, folder: hourFolder(hour) })
    }
    return files
  }

  async #copyAll(directory: string, prefix: string, format: string): Promise<HourFile[]> {
    const time = timestampSql(quoteName(PARTITION))
    const tree = join(directory, prefix)
    await this.#connection.run(
      `copy (select ${this.#selected()}, (${time})::DATE as day, date_trunc('hour', ${time}) as hour from pending)
       to ${quoteText(tree)} (${format}, partition_by (day, hour), filename_pattern '{i}')`,
    )
    const files: HourFile[] = []
    for (const path of await parquetFiles(tree)) {
      const file = `${prefix}-${files.length}.parquet`
      await rename(join(tree, path), join(directory, file))
      files.push({ file, folder: dirname(path) })
    }
    await removeTree(tree)
    return files
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
    const types = this.#columns.map(([name, type]) => chunkType(this.#duckdb, rows, name, type))
    const chunk = this.#duckdb.DuckDBDataChunk.create([...types, this.#duckdb.DOUBLE], rows.length)
    for (const [index, [name, type]] of this.#columns.entries()) {
      if (types[index] === this.#duckdb.SQLNULL) continue
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
