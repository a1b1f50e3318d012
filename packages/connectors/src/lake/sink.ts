import { rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Committable, Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { MillraceConnectorError, writeError } from '../errors.ts'
import type { Columns } from './column-types.ts'
import type { DuckDb } from './duckdb.ts'
import type { TableName } from './options.ts'
import { PendingRows } from './pending-rows.ts'
import {
  committedFiles,
  declareTable,
  fileName,
  makeFolder,
  pendingDirectory,
  removeTree,
  syncFile,
  syncFolder,
  tableDirectory,
} from './table-files.ts'

/** What a table's sink is made of. */
export interface TableSinkOptions {
  readonly lake: string
  readonly table: TableName
  readonly columns: Columns
  readonly partitionTime: string | undefined
  readonly whenExists: 'refuse' | 'append'
  /** @throws LAKE_CLOSED */
  connect(): Promise<{ readonly duckdb: DuckDb; readonly connection: import('@duckdb/node-api').DuckDBConnection }>
}

/**
 * Writes records to a table of the lake, exactly once: Parquet files are made under `.pending` and renamed into the
 * table when the checkpoint is durable.
 *
 * ```
 *   write ─► rows in DuckDB ─► prepareCommit: .pending/curated.vitals/page/17-0.parquet, fsynced
 *                          ─► commit:        day=…/hour=…/page.1.17-0.parquet, by rename; folder fsynced
 * ```
 */
export function tableSink<T>(options: TableSinkOptions): Sink<T> {
  return {
    kind: 'lake',
    delivery: 'exactly-once',
    open: async (context: SinkContext): Promise<SinkWriter<T>> => {
      await declareTable(options.lake, options.table, options.columns)
      const { duckdb, connection } = await options.connect()
      const rows = new PendingRows(duckdb, connection, options.columns, options.partitionTime)
      return new TableWriter(options, context, rows)
    },
  }
}

/** The files of one checkpoint. Plain data. */
interface PreparedFiles {
  readonly version: 1
  /** Each with its name under `.pending`, and its path below the table's folder. */
  readonly files: readonly { readonly pending: string; readonly target: string }[]
}

/** In a checkpoint. */
interface WriterState {
  readonly version: 1
  readonly run: number
  /** The latest that was prepared. */
  readonly checkpoint: number
}

class TableWriter<T> implements SinkWriter<T> {
  readonly #options: TableSinkOptions
  readonly #context: SinkContext
  readonly #rows: PendingRows
  readonly #directory: string
  readonly #pending: string
  #run = 1
  #checkpoint = 0

  constructor(options: TableSinkOptions, context: SinkContext, rows: PendingRows) {
    this.#options = options
    this.#context = context
    this.#rows = rows
    this.#directory = tableDirectory(options.lake, options.table)
    this.#pending = pendingDirectory(options.lake, options.table, context.operatorId)
  }

  async recover(committables: readonly Committable[], state: unknown): Promise<void> {
    const restored = this.#context.restored ? (state as WriterState | undefined) : undefined
    if (restored === undefined) await this.#start()
    else {
      this.#run = restored.run
      this.#checkpoint = restored.checkpoint
      for (const prepared of committables) await this.commit(prepared)
      await this.#removeLater()
    }
    await this.#attempt('leftovers could not be removed', async () => {
      await removeTree(this.#pending)
      await makeFolder(this.#pending)
    })
  }

  write(values: readonly T[], timestamps: readonly number[]): Promise<void> {
    return this.#attempt('rows could not be taken', () => this.#rows.add(values, timestamps))
  }

  prepareCommit(checkpointId: number): Promise<PreparedFiles | undefined> {
    this.#checkpoint = checkpointId
    if (this.#rows.count === 0) return Promise.resolve(undefined)
    const { operatorId } = this.#context
    return this.#attempt('rows could not be written', async () => {
      const written = await this.#rows.writeParquet(this.#pending, String(checkpointId), {
        'millrace.version': '1',
        'millrace.operator': operatorId,
        'millrace.run': String(this.#run),
        'millrace.checkpoint': String(checkpointId),
      })
      for (const { file } of written) await syncFile(join(this.#pending, file))
      await syncFolder(this.#pending)
      const files = written.map(({ file, folder }) => ({
        pending: file,
        target: `${folder}/${fileName(operatorId, this.#run, file)}`,
      }))
      return { version: 1, files }
    })
  }

  snapshotState(): WriterState {
    return { version: 1, run: this.#run, checkpoint: this.#checkpoint }
  }

  async commit(committable: Committable): Promise<void> {
    const { files } = committable as PreparedFiles
    await this.#attempt('files could not be moved into the table', async () => {
      const folders = new Set<string>()
      for (const { pending, target } of files) {
        const path = join(this.#directory, target)
        if (!(await exists(path))) {
          await makeFolder(dirname(path))
          await this.#move(join(this.#pending, pending), path, target)
        }
        folders.add(dirname(path))
      }
      for (const folder of folders) await syncFolder(folder)
    })
  }

  close(): void {
    this.#rows.close()
  }

  async #start(): Promise<void> {
    const files = await committedFiles(this.#directory, this.#context.operatorId)
    if (files.length > 0 && this.#options.whenExists === 'refuse') {
      throw new MillraceConnectorError(
        'LAKE_TABLE_EXISTS',
        `${this.#name} holds ${files.length} files of the step '${this.#context.operatorId}' already`,
      )
    }
    this.#run = files.reduce((latest, { run }) => Math.max(latest, run), 0) + 1
  }

  /** Files of later checkpoints of this run: the job went back, and writes those rows again. */
  async #removeLater(): Promise<void> {
    for (const { path, run, checkpoint } of await committedFiles(this.#directory, this.#context.operatorId)) {
      if (run !== this.#run || checkpoint <= this.#checkpoint) continue
      await this.#attempt('files of a later checkpoint could not be removed', async () => {
        await removeTree(join(this.#directory, path))
        await syncFolder(dirname(join(this.#directory, path)))
      })
    }
  }

  async #move(from: string, to: string, target: string): Promise<void> {
    if (!(await exists(from))) {
      throw new MillraceConnectorError('LAKE_FILE_LOST', `${this.#name} lacks ${target}, and it is not pending either`)
    }
    await rename(from, to)
  }

  async #attempt<R>(what: string, action: () => Promise<R>): Promise<R> {
    try {
      return await action()
    } catch (cause) {
      throw writeError('LAKE_WRITE_FAILED', `${this.#name}: ${what}`, cause)
    }
  }

  get #name(): string {
    return `${this.#options.table.layer}.${this.#options.table.name}`
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
