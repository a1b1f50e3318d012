import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Committable, Sink, SinkContext, SinkWriter } from '@millrace/core/connector'
import { MillraceConnectorError, writeError } from '../errors.ts'
import type { Columns } from './columns.ts'
import type { DuckDb } from './duckdb.ts'
import type { TableName } from './options.ts'
import { PendingRows } from './pending-rows.ts'
import {
  committedFiles,
  declareTable,
  fileName,
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
 *   write ─► rows in DuckDB ─► prepareCommit: .pending/…/17/day=…/hour=…/0.parquet, fsynced
 *                          ─► commit:        day=…/hour=…/page.1.17-0.parquet, by rename; folders fsynced
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
  readonly run: number
  readonly checkpoint: number
  /** Relative to the folder of the checkpoint, as they lie there. */
  readonly files: readonly string[]
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
    await this.#attempt('leftovers could not be removed', () => removeTree(this.#pending))
  }

  write(values: readonly T[], timestamps: readonly number[]): Promise<void> {
    return this.#attempt('rows could not be taken', () => this.#rows.add(values, timestamps))
  }

  prepareCommit(checkpointId: number): Promise<PreparedFiles | undefined> {
    this.#checkpoint = checkpointId
    if (this.#rows.count === 0) return Promise.resolve(undefined)
    return this.#attempt('rows could not be written', async () => {
      const directory = this.#checkpointDirectory(checkpointId)
      const files = await this.#rows.writeParquet(directory, {
        'millrace.version': '1',
        'millrace.operator': this.#context.operatorId,
        'millrace.run': String(this.#run),
        'millrace.checkpoint': String(checkpointId),
      })
      for (const file of files) await syncFile(join(directory, file))
      await syncFolders(directory, files, this.#options.lake)
      return { version: 1, run: this.#run, checkpoint: checkpointId, files }
    })
  }

  snapshotState(): WriterState {
    return { version: 1, run: this.#run, checkpoint: this.#checkpoint }
  }

  async commit(committable: Committable): Promise<void> {
    const { run, checkpoint, files } = committable as PreparedFiles
    const directory = this.#checkpointDirectory(checkpoint)
    await this.#attempt(`files of checkpoint ${checkpoint} could not be moved into the table`, async () => {
      const committed: string[] = []
      for (const file of files) {
        const folder = dirname(file)
        const name = fileName({ operator: this.#context.operatorId, run, checkpoint }, file.slice(folder.length + 1))
        const target = `${folder}/${name}`
        await mkdir(join(this.#directory, folder), { recursive: true })
        if (!(await exists(join(this.#directory, target)))) await this.#move(directory, file, target)
        committed.push(target)
      }
      await syncFolders(this.#directory, committed, this.#directory)
      await removeTree(directory)
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

  async #move(from: string, file: string, target: string): Promise<void> {
    if (!(await exists(join(from, file)))) {
      throw new MillraceConnectorError('LAKE_FILE_LOST', `${this.#name} lacks ${target}, and it is not pending either`)
    }
    await rename(join(from, file), join(this.#directory, target))
  }

  #checkpointDirectory(checkpoint: number): string {
    return join(this.#pending, String(checkpoint))
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

/** Makes the entries of all folders durable in which files lie, and of those above, up to `top`. */
async function syncFolders(directory: string, files: readonly string[], top: string): Promise<void> {
  const folders = new Set<string>()
  for (const file of files) {
    for (let folder = dirname(join(directory, file)); !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder)
      if (folder === join(top)) break
    }
  }
  for (const folder of folders) await syncFolder(folder)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
