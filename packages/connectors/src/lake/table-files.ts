import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MillraceConnectorError, systemCode, writeError } from '../errors.ts'
import type { Columns } from './column-types.ts'
import { isName, LAYERS, type TableName } from './options.ts'

/**
 * Where things lie in a lake.
 *
 * ```
 *   curated/vitals/table.json                                        the columns; version of this layout
 *   curated/vitals/day=2026-01-01/hour=2026-01-01 10%3A00%3A00/      hive folders, as DuckDB names them
 *     page.2.17-0.parquet                                            step, run, checkpoint, number
 *   .pending/curated.vitals/page/17-0.parquet                        prepared, not committed
 *   .pending/spill-4711-0/                                           DuckDB's, of one process
 * ```
 *
 * A run is one start from the beginning; going on from a checkpoint is the same run.
 */

/** The hive folders of an hour, named as DuckDB names them. `hour` counts hours since 1970 UTC. */
export function hourFolder(hour: number): string {
  const [day, time] = new Date(hour * 3_600_000).toISOString().slice(0, 19).split('T') as [string, string]
  return `day=${day}/hour=${day}%20${encodeURIComponent(time)}`
}

/** The committed name of a pending file, such as `17-0.parquet`. */
export function fileName(operatorId: string, run: number, pending: string): string {
  return `${encodeOperator(operatorId)}.${run}.${pending}`
}

/** `undefined` where it is none of the lake's. */
function parseFileName(
  name: string,
): { readonly encodedOperator: string; run: number; checkpoint: number } | undefined {
  const match = /^([^.]+)\.(\d+)\.(\d+)-\d+\.parquet$/.exec(name)
  if (match === null) return undefined
  return { encodedOperator: match[1] as string, run: Number(match[2]), checkpoint: Number(match[3]) }
}

/** Letters, digits, - and _ as they are, others as `~` and their code: unique, and fit for every file system. */
function encodeOperator(operatorId: string): string {
  return operatorId.replace(
    /[^A-Za-z0-9_-]/g,
    (character) => `~${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function tableDirectory(lake: string, table: TableName): string {
  return join(lake, table.layer, table.name)
}

export function pendingDirectory(lake: string, table: TableName, operatorId: string): string {
  return join(lake, '.pending', `${table.layer}.${table.name}`, encodeOperator(operatorId))
}

/** The committed files of a step, relative to the table's folder. */
export async function committedFiles(
  directory: string,
  operatorId: string,
): Promise<readonly { readonly path: string; readonly run: number; readonly checkpoint: number }[]> {
  const encoded = encodeOperator(operatorId)
  const found: { path: string; run: number; checkpoint: number }[] = []
  for (const path of await parquetFiles(directory)) {
    const parsed = parseFileName(path.slice(path.lastIndexOf('/') + 1))
    if (parsed?.encodedOperator === encoded) found.push({ path, run: parsed.run, checkpoint: parsed.checkpoint })
  }
  return found
}

/** All Parquet files in hive folders below, relative, with `/`. */
export async function parquetFiles(directory: string): Promise<string[]> {
  const found: string[] = []
  for (const day of await listFolder(directory)) {
    if (!day.startsWith('day=')) continue
    for (const hour of await listFolder(join(directory, day))) {
      if (!hour.startsWith('hour=')) continue
      for (const file of await listFolder(join(directory, day, hour))) {
        if (file.endsWith('.parquet')) found.push(`${day}/${hour}/${file}`)
      }
    }
  }
  return found
}

/** Whether there is a Parquet file; stops at the first. */
export async function hasParquetFile(directory: string): Promise<boolean> {
  for (const day of await listFolder(directory)) {
    if (!day.startsWith('day=')) continue
    for (const hour of await listFolder(join(directory, day))) {
      const files = hour.startsWith('hour=') ? await listFolder(join(directory, day, hour)) : []
      if (files.some((file) => file.endsWith('.parquet'))) return true
    }
  }
  return false
}

/** The tables that a lake has. */
export async function listTables(lake: string): Promise<TableName[]> {
  const tables: TableName[] = []
  for (const layer of LAYERS) {
    for (const name of await listFolder(join(lake, layer))) if (isName(name)) tables.push({ layer, name })
  }
  return tables
}

const TABLE_FILE = 'table.json'

/** The columns of a table; `undefined` where there is none. */
export async function readColumns(lake: string, table: TableName): Promise<Columns | undefined> {
  let text: string
  try {
    text = await readFile(join(tableDirectory(lake, table), TABLE_FILE), 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new MillraceConnectorError('LAKE_DIRECTORY_UNUSABLE', `${table.layer}.${table.name} cannot be read`, {
      cause: error,
    })
  }
  const held = parseTableFile(text)
  if (held !== undefined) return held
  throw new MillraceConnectorError(
    'LAKE_SCHEMA_MISMATCH',
    `${TABLE_FILE} of ${table.layer}.${table.name} is damaged, or of a later version`,
  )
}

/**
 * Makes the table's folder, and writes down its columns where it is new.
 *
 * @throws LAKE_SCHEMA_MISMATCH when the table has other columns.
 */
export async function declareTable(lake: string, table: TableName, columns: Columns): Promise<void> {
  const directory = tableDirectory(lake, table)
  const known = await readColumns(lake, table)
  if (known !== undefined) {
    const show = (of: Columns): string =>
      Object.entries(of)
        .map(([name, type]) => `${name} ${type}`)
        .join(', ')
    if (show(known) === show(columns)) return
    throw new MillraceConnectorError(
      'LAKE_SCHEMA_MISMATCH',
      `${table.layer}.${table.name} has the columns (${show(known)}), declared are (${show(columns)})`,
    )
  }
  try {
    await makeFolder(directory)
    const temporary = join(directory, `.${TABLE_FILE}`)
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(`${JSON.stringify({ version: 1, columns: Object.entries(columns) })}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, join(directory, TABLE_FILE))
    await syncFolder(directory)
  } catch (cause) {
    throw writeError('LAKE_DIRECTORY_UNUSABLE', `${table.layer}.${table.name} cannot be made`, cause)
  }
}

/** Makes a folder, durably, with those above that are not there. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  // Each new folder is an entry of the one above it.
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncFolder(dirname(folder))
}

/** Makes a folder's entries durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    // Windows opens no folders, and needs no such call.
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'EPERM') return undefined
    throw error
  })
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}

/** Makes a file's bytes durable. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}

/** The names in a folder, sorted; none where it is not there, or no folder. */
export async function listFolder(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw new MillraceConnectorError('LAKE_DIRECTORY_UNUSABLE', `${path} cannot be listed`, { cause: error })
  }
}

function parseTableFile(text: string): Columns | undefined {
  try {
    const held = JSON.parse(text) as { readonly version?: unknown; readonly columns?: unknown }
    if (held.version !== 1 || !Array.isArray(held.columns)) return undefined
    return Object.fromEntries(held.columns as [string, Columns[string]][])
  } catch {
    return undefined
  }
}
