import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'

/** One output of two runs, and how far they agree. */
export interface RunComparison {
  readonly what: string
  /** How many lines, rows or counts there are on each side. */
  readonly left: number
  readonly right: number
  /** How many of either side have no equal on the other. */
  readonly differing: number
}

/** Files that a run leaves behind only when it ended before its time. */
export const PENDING: RegExp = /pending|\.tmp(\.|$)|inprogress/i

/** What a summary says of time and memory, which no two runs share. */
const MEASURED: RegExp = /(^|\.)(seconds|.*(perSecond|elapsed|memory|resumed|checkpoint|restart|startedAt|endedAt).*)$/i

/**
 * Compares the folders that two runs of the ward left behind, whatever the order of lines and the cut of files:
 * `alarms.ndjson` and `windows.ndjson` line by line, each of the lake's tables row by row, the counts of `summary.json`.
 * A missing output is a difference, and so is a pending file.
 */
export async function compareRuns(left: string, right: string): Promise<RunComparison[]> {
  const comparisons: RunComparison[] = []
  for (const file of ['alarms.ndjson', 'windows.ndjson']) {
    comparisons.push(compareLines(file, linesOf(join(left, file)), linesOf(join(right, file))))
  }
  const tables = new Set([...tablesOf(left), ...tablesOf(right)])
  if (tables.size === 0) comparisons.push({ what: 'lake', left: 0, right: 0, differing: 1 })
  for (const table of [...tables].sort()) comparisons.push(...(await compareTable(table, left, right)))
  comparisons.push(compareCounts(countsOf(left), countsOf(right)))
  const pending = [left, right].map((run) => filesIn(run).filter((file) => PENDING.test(file)).length)
  const [leftPending = 0, rightPending = 0] = pending
  comparisons.push({
    what: 'pending files',
    left: leftPending,
    right: rightPending,
    differing: leftPending + rightPending,
  })
  return comparisons
}

/** All files of a run, relative to its folder. */
export function filesIn(run: string): string[] {
  if (!existsSync(run)) return []
  return readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(run, join(entry.parentPath, entry.name)))
}

function linesOf(path: string): string[] | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : undefined
}

function compareLines(what: string, left: string[] | undefined, right: string[] | undefined): RunComparison {
  const balance = new Map<string, number>()
  for (const line of left ?? []) balance.set(line, (balance.get(line) ?? 0) + 1)
  for (const line of right ?? []) balance.set(line, (balance.get(line) ?? 0) - 1)
  let differing = left === undefined || right === undefined ? 1 : 0
  for (const count of balance.values()) differing += Math.abs(count)
  return { what, left: left?.length ?? 0, right: right?.length ?? 0, differing }
}

/** The lake's tables: the folders above the first `key=value`, or those that the files themselves lie in. */
function tablesOf(run: string): string[] {
  const files = filesIn(run).filter((file) => file.startsWith('lake/') && !PENDING.test(file))
  return files.flatMap((file) => {
    const folders = file.split('/').slice(0, -1)
    const partition = folders.findIndex((folder) => folder.includes('='))
    return kindOf(file) === undefined ? [] : [folders.slice(0, partition < 0 ? undefined : partition).join('/')]
  })
}

function kindOf(file: string): 'parquet' | 'lines' | undefined {
  if (file.endsWith('.parquet')) return 'parquet'
  return /\.(ndjson|jsonl|csv|txt)$/.test(file) ? 'lines' : undefined
}

async function compareTable(table: string, left: string, right: string): Promise<RunComparison[]> {
  const filesOf = (run: string): TableFiles => {
    const files = filesIn(run).filter((file) => file.startsWith(`${table}/`) && !PENDING.test(file))
    return { run, parquet: files.some((file) => kindOf(file) === 'parquet'), files }
  }
  const [ofLeft, ofRight] = [filesOf(left), filesOf(right)]
  const comparisons: RunComparison[] = []
  if (ofLeft.parquet && ofRight.parquet) comparisons.push(await compareRows(table, left, right))
  else if (ofLeft.parquet || ofRight.parquet) {
    comparisons.push({ what: table, left: Number(ofLeft.parquet), right: Number(ofRight.parquet), differing: 1 })
  }
  const lines = ({ run, files }: TableFiles): string[] =>
    files.filter((file) => kindOf(file) === 'lines').flatMap((file) => linesOf(join(run, file)) ?? [])
  const [leftLines, rightLines] = [lines(ofLeft), lines(ofRight)]
  if (leftLines.length + rightLines.length > 0) comparisons.push(compareLines(table, leftLines, rightLines))
  return comparisons
}

interface TableFiles {
  readonly run: string
  readonly parquet: boolean
  readonly files: readonly string[]
}

/** As multisets, by DuckDB: what is on one side more often than on the other. */
async function compareRows(table: string, left: string, right: string): Promise<RunComparison> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '1GB',
    temp_directory: join(tmpdir(), `millrace-compare-${process.pid}`),
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  const rows = (run: string): string => {
    const files = join(run, table, '**', '*.parquet').replaceAll("'", "''")
    return `read_parquet('${files}', hive_partitioning = true, union_by_name = true)`
  }
  const ask = async (sql: string): Promise<(number | string)[][]> =>
    (await connection.runAndReadAll(sql)).getRows() as (number | string)[][]
  try {
    const columns = async (run: string): Promise<string[]> =>
      (await ask(`select column_name, column_type from (describe select * from ${rows(run)}) order by 1`)).map(String)
    const sameColumns = isDeepStrictEqual(await columns(left), await columns(right))
    const counts = await ask(
      `select (select count(*)::double from ${rows(left)}), (select count(*)::double from ${rows(right)})`,
    )
    const [leftCount, rightCount] = counts[0] as [number, number]
    if (!sameColumns) return { what: table, left: leftCount, right: rightCount, differing: leftCount + rightCount }
    const order = (await columns(left))
      .map((column) => `"${(column.split(',')[0] ?? '').replaceAll('"', '""')}"`)
      .join(', ')
    const without = (a: string, b: string): string =>
      `select count(*)::double from (select ${order} from ${rows(a)} except all select ${order} from ${rows(b)})`
    const differing = await ask(`select (${without(left, right)}) + (${without(right, left)})`)
    return { what: table, left: leftCount, right: rightCount, differing: Number(differing[0]?.[0]) }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function countsOf(run: string): Map<string, unknown> | undefined {
  const path = join(run, 'summary.json')
  if (!existsSync(path)) return undefined
  const counts = new Map<string, unknown>()
  const walk = (value: unknown, name: string): void => {
    if (MEASURED.test(name)) return
    if (typeof value !== 'object' || value === null) counts.set(name, value)
    else for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`)
  }
  walk(JSON.parse(readFileSync(path, 'utf8')), '')
  return counts
}

function compareCounts(
  left: ReadonlyMap<string, unknown> | undefined,
  right: ReadonlyMap<string, unknown> | undefined,
): RunComparison {
  const names = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])
  const differing = [...names].filter((name) => !Object.is(left?.get(name), right?.get(name))).length
  const missing = left === undefined || right === undefined || names.size === 0 ? 1 : 0
  return { what: 'summary.json', left: left?.size ?? 0, right: right?.size ?? 0, differing: differing + missing }
}
