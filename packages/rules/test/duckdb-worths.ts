import { DuckDBInstance } from '@duckdb/node-api'
import { SIGNAL_NAMES } from '../src/expression/signals.ts'
import type { Reading } from '../src/index.ts'

type Cell = string | number | boolean | null | undefined | readonly string[]

/** A database in memory, on one thread, that fetches nothing. */
export async function openDatabase(): Promise<{
  query(sql: string): Promise<Record<string, unknown>[]>
  close(): void
}> {
  const options = { threads: '1', memory_limit: '256MB', autoinstall_known_extensions: 'false' }
  const instance = await DuckDBInstance.create(':memory:', options)
  const connection = await instance.connect()
  return {
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjects() as Record<string, unknown>[],
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/**
 * Readings as a query in parentheses that gives them as rows: a column for each signal and attribute, NULL where there is no value; `nth`,
 * their order; and `spoken`, the names that each row speaks of.
 */
export function readingsSql(readings: readonly Reading[], attributes: Readonly<Record<string, string>>): string {
  const names = Object.keys(attributes).filter((name) => name !== 'ward')
  const columns = ['patientId', 'time', 'nth', 'ward', 'spoken', ...SIGNAL_NAMES, ...names]
  const types = ['varchar', 'bigint', 'bigint', 'varchar', 'varchar[]', ...SIGNAL_NAMES.map(() => 'double')]
  const typesOfAll = [...types, ...names.map((name) => (attributes[name] === 'text' ? 'varchar' : 'double'))]
  const rows = readings.map((reading, nth) => {
    const spoken = [
      ...SIGNAL_NAMES.filter((signal) => reading[signal] !== undefined),
      ...names.filter((name) => reading.attributes?.[name] !== undefined),
    ]
    const signals = SIGNAL_NAMES.map((signal) => numberIn(reading[signal]))
    const own = names.map((name) => reading.attributes?.[name] as Cell)
    return [reading.patientId, reading.time, nth, reading.ward, spoken, ...signals, ...own]
  })
  const tuples = rows.map((row) => `(${row.map((cell, i) => `${literal(cell)}::${typesOfAll[i]}`).join(', ')})`)
  return `(select * from (values ${tuples.join(', ')}) as t(${columns.map((name) => `"${name}"`).join(', ')}))`
}

/** The number of a value, whatever its unit: that is the column's. */
function numberIn(value: unknown): Cell {
  if (typeof value === 'object' && value !== null) return numberIn((value as { value: unknown }).value)
  return value === '' ? null : (value as Cell)
}

function literal(cell: Cell): string {
  if (cell === undefined || cell === null) return 'null'
  if (typeof cell === 'object') return `[${cell.map(literal).join(', ')}]`
  return typeof cell === 'number' ? `'${cell}'` : `'${String(cell).replaceAll("'", "''")}'`
}
