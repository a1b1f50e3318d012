import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Columns } from './column-types.ts'
import { COLUMN_KINDS } from './columns.ts'
import { quoteName, quoteText } from './duckdb.ts'
import { hasParquetFile, listTables, readColumns, tableDirectory } from './table-files.ts'

/**
 * Keeps a view for each table of the lake, whoever writes it. `hour` is a TIMESTAMP and `day` a DATE, both taken from
 * the folders' names: a condition on them skips the files of other hours.
 */
export class Views {
  readonly #lake: string
  /** What each view shows so far. */
  readonly #shown = new Map<string, 'nothing' | 'files'>()

  constructor(lake: string) {
    this.#lake = lake
  }

  /** Looks for new tables, and for tables that got their first file. */
  async refresh(connection: DuckDBConnection): Promise<void> {
    for (const table of await listTables(this.#lake)) {
      const name = `${table.layer}.${quoteName(table.name)}`
      const shown = this.#shown.get(name)
      if (shown === 'files') continue
      const directory = tableDirectory(this.#lake, table)
      const shows = (await hasParquetFile(directory)) ? 'files' : 'nothing'
      if (shows === shown) continue
      const columns = await readColumns(this.#lake, table)
      if (columns === undefined) continue
      await connection.run(`create schema if not exists ${table.layer}`)
      await connection.run(`create or replace view ${name} as ${viewOf(directory, columns, shows)}`)
      this.#shown.set(name, shows)
    }
  }
}

function viewOf(directory: string, columns: Columns, shows: 'nothing' | 'files'): string {
  const names = Object.keys(columns).map(quoteName)
  if (shows === 'files') {
    const files = quoteText(join(escapeGlob(directory), 'day=*', 'hour=*', '*.parquet'))
    return `select ${names.join(', ')}, day, hour from read_parquet(${files},
      hive_partitioning = true, hive_types_autocast = false, hive_types = {'day': DATE, 'hour': TIMESTAMP})`
  }
  const nulls = Object.entries(columns).map(
    ([name, type]) => `null::${COLUMN_KINDS[type].sqlType} as ${quoteName(name)}`,
  )
  return `select ${nulls.join(', ')}, null::DATE as day, null::TIMESTAMP as hour where false`
}

function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, (character) => `[${character}]`)
}
