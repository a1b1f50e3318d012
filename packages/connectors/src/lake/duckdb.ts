import type { DuckDBInstance } from '@duckdb/node-api'
import { MillraceConnectorError } from '../errors.ts'

export type DuckDb = typeof import('@duckdb/node-api')

/**
 * Loads the optional peer.
 *
 * @throws CONNECTOR_PEER_MISSING
 */
export async function loadDuckDb(load: () => Promise<DuckDb> = () => import('@duckdb/node-api')): Promise<DuckDb> {
  try {
    return await load()
  } catch (cause) {
    throw new MillraceConnectorError('CONNECTOR_PEER_MISSING', "the lake needs '@duckdb/node-api'", { cause })
  }
}

export interface DuckDbSettings {
  readonly memoryLimit: string
  readonly threads: number
  /** Where tables go that do not fit into memory. */
  readonly spillDirectory: string
}

/** A database in memory: nothing of the lake is in it but views. It fetches no extensions. */
export function openDuckDb(duckdb: DuckDb, settings: DuckDbSettings): Promise<DuckDBInstance> {
  return duckdb.DuckDBInstance.create(':memory:', {
    memory_limit: settings.memoryLimit,
    threads: String(settings.threads),
    temp_directory: settings.spillDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // The order of a file's rows is promised to no one, and keeping it takes memory.
    preserve_insertion_order: 'false',
  })
}

/** A text in SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
