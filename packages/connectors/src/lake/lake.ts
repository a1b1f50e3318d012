import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Reject, Sink } from '@millrace/core/connector'
import { MillraceConnectorError } from '../errors.ts'
import type { Columns, RowOf } from './column-types.ts'
import { type DuckDb, loadDuckDb, openDuckDb } from './duckdb.ts'
import {
  checkTable,
  type LakeOptions,
  type Layer,
  parseLakeOptions,
  type TableOptions,
  type TypedTableOptions,
} from './options.ts'
import { type QueryParameter, runQuery } from './query.ts'
import { tableSink } from './sink.ts'
import { listFolder, removeTree } from './table-files.ts'
import { Views } from './views.ts'

/** One row as it was received. A `Reject` is one, too: raw = staged + rejected. */
export interface RawRow {
  /** The text as received. */
  readonly raw: string
  readonly split?: string
  /** Line or offset in the split. */
  readonly position?: string
  /** Ms since 1970 UTC, as the source said it. It must be the same when the row is read again. */
  readonly receivedAt?: number
}

/** Layers of Parquet files, written by jobs and read by SQL. */
export interface Lake {
  /** Rows as received: `raw`, `split`, `position`, `receivedAt`. In the hour of their record's timestamp. */
  raw(name: string, options?: TableOptions): Sink<RawRow>
  /** Typed and cleaned rows. */
  staging<const C extends Columns>(name: string, options: TypedTableOptions<C>): Sink<RowOf<C>>
  /** What staging refused, with its reason: `split`, `position`, `code`, `reason`, `raw`. */
  rejects(name: string, options?: TableOptions): Sink<Reject>
  /** Results to keep. */
  curated<const C extends Columns>(name: string, options: TypedTableOptions<C>): Sink<RowOf<C>>
  /**
   * Runs SQL over the tables `raw.X`, `staging.X`, `rejects.X` and `curated.X`, each with its columns and `day` and
   * `hour`, whoever wrote them; what is committed is there.
   *
   * ```text
   * const rows = await lake.query<{ patientId: string; worst: number }>`
   *   select patientId, min(spo2) as worst from curated.vitals where hour >= ${from} group by patientId`
   * ```
   *
   * @throws LAKE_QUERY_FAILED, LAKE_CLOSED
   */
  query<Row = Record<string, unknown>>(parts: TemplateStringsArray, ...parameters: QueryParameter[]): Promise<Row[]>
  /** Frees what it took. Waits for nothing: close it after the job and the last query. */
  close(): Promise<void>
}

/**
 * Opens a lake, for a job that writes it or for queries alone.
 *
 * @throws CONNECTOR_OPTION_INVALID, CONNECTOR_PEER_MISSING, LAKE_DIRECTORY_UNUSABLE
 */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const parsed = parseLakeOptions(options)
  const directory = resolve(parsed.directory)
  const duckdb = await loadDuckDb()
  try {
    await mkdir(join(directory, '.pending'), { recursive: true })
  } catch (cause) {
    throw new MillraceConnectorError('LAKE_DIRECTORY_UNUSABLE', `${options.directory} cannot be made`, { cause })
  }
  await removeDeadSpills(directory)
  const spillDirectory = join(directory, '.pending', `spill-${process.pid}-${spillCount++}`)
  const instance = await openDuckDb(duckdb, { ...parsed, spillDirectory })
  return new DuckLake(directory, duckdb, instance, spillDirectory)
}

const RAW_COLUMNS = {
  raw: 'VARCHAR',
  split: 'VARCHAR',
  position: 'VARCHAR',
  receivedAt: 'TIMESTAMP_MS',
} as const satisfies Columns

const REJECT_COLUMNS = {
  split: 'VARCHAR',
  position: 'VARCHAR',
  code: 'VARCHAR',
  reason: 'VARCHAR',
  raw: 'VARCHAR',
} as const satisfies Columns

let spillCount = 0

class DuckLake implements Lake {
  readonly #directory: string
  readonly #duckdb: DuckDb
  readonly #spillDirectory: string
  readonly #views: Views
  #instance: DuckDBInstance | undefined
  /** One look for new tables at a time. */
  #refreshing: Promise<void> = Promise.resolve()

  constructor(directory: string, duckdb: DuckDb, instance: DuckDBInstance, spillDirectory: string) {
    this.#directory = directory
    this.#duckdb = duckdb
    this.#instance = instance
    this.#spillDirectory = spillDirectory
    this.#views = new Views(directory)
  }

  raw(name: string, options: TableOptions = {}): Sink<RawRow> {
    return this.#sink('raw', name, { ...options, columns: RAW_COLUMNS })
  }

  staging<const C extends Columns>(name: string, options: TypedTableOptions<C>): Sink<RowOf<C>> {
    return this.#sink('staging', name, options)
  }

  rejects(name: string, options: TableOptions = {}): Sink<Reject> {
    return this.#sink('rejects', name, { ...options, columns: REJECT_COLUMNS })
  }

  curated<const C extends Columns>(name: string, options: TypedTableOptions<C>): Sink<RowOf<C>> {
    return this.#sink('curated', name, options)
  }

  async query<Row>(parts: TemplateStringsArray, ...parameters: QueryParameter[]): Promise<Row[]> {
    const connection = await this.#connect()
    try {
      this.#refreshing = this.#refreshing.catch(() => undefined).then(() => this.#views.refresh(connection))
      await this.#refreshing
      return await runQuery<Row>(this.#duckdb, connection, parts, parameters)
    } finally {
      connection.closeSync()
    }
  }

  async close(): Promise<void> {
    this.#instance?.closeSync()
    this.#instance = undefined
    await removeTree(this.#spillDirectory)
  }

  #sink<T>(
    layer: Layer,
    name: string,
    options: Omit<TypedTableOptions<Columns>, 'partitionTime'> & { readonly partitionTime?: string },
  ): Sink<T> {
    const table = { layer, name }
    checkTable(table, options.columns, options.partitionTime)
    return tableSink({
      lake: this.#directory,
      table,
      columns: options.columns,
      partitionTime: options.partitionTime,
      whenExists: options.whenExists ?? 'refuse',
      connect: async () => ({ duckdb: this.#duckdb, connection: await this.#connect() }),
    })
  }

  #connect(): Promise<DuckDBConnection> {
    if (this.#instance !== undefined) return this.#instance.connect()
    throw new MillraceConnectorError('LAKE_CLOSED', `the lake in ${this.#directory} is closed`)
  }
}

/** Removes what DuckDB spilt in processes that are no more. */
async function removeDeadSpills(directory: string): Promise<void> {
  for (const name of await listFolder(join(directory, '.pending'))) {
    const pid = /^spill-(\d+)-\d+$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await removeTree(join(directory, '.pending', name))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process may not be asked, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
