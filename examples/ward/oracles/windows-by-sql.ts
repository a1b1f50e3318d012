import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { COLUMNS, recordingsIn, TIME_COLUMN } from './recordings.ts'

/** What is known of one vital in a window. A vital that no reading carries is `{ count: 0, mean: null, min: null, max: null }`. */
export interface VitalSummary {
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
}

/** A tumbling window `[start, end)` of one patient, in ms since 1970 UTC; windows without a reading are not there. */
export interface WindowRow {
  readonly patientId: string
  readonly start: number
  readonly end: number
  /** All readings, whatever they carry. */
  readonly count: number
  readonly vitals: { readonly [vital: string]: VitalSummary }
}

/**
 * Computes the tumbling windows of a folder of recordings by SQL straight from the CSV files. Windows align to 1970. Zeros
 * are values, blanks and NaN are not. Sorted by patient and start.
 */
export async function windowsBySql(folder: string, windowMs: number): Promise<WindowRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' })
  const connection = await instance.connect()
  try {
    await connection.run(
      `create table readings (patient varchar, time bigint, ${VITALS.map((vital) => `"${vital}" double`).join(', ')})`,
    )
    for (const { patientId, path } of recordingsIn(folder)) {
      const csv = `read_csv(${quoted(path)}, header = true, all_varchar = true, delim = ',', null_padding = true)`
      const described = await connection.runAndReadAll(`describe select * from ${csv}`)
      const names = described.getRowObjects().map((row) => String(row.column_name))
      const column = (wanted: string): string => {
        const name = names.find((n) => n.trim() === wanted)
        return name === undefined ? 'null' : `"${name.replaceAll('"', '""')}"`
      }
      // A cell that is no number and not blank fails the cast, and with it the query: an oracle guesses nothing.
      const vitals = Object.keys(COLUMNS).map((name) => {
        const cell = `nullif(lower(trim(${column(name)})), '')`
        return `cast(nullif(${cell}, 'nan') as double)`
      })
      const time = `cast(round(cast(trim(${column(TIME_COLUMN)}) as double) * 1000) as bigint)`
      await connection.run(
        `insert into readings select ${quoted(patientId)}, ${time}, ${vitals.join(', ')} from ${csv}`,
      )
    }
    const sums = VITALS.flatMap((vital) => [
      `count("${vital}")::double as "${vital}.count"`,
      `favg("${vital}") as "${vital}.mean"`,
      `min("${vital}") as "${vital}.min"`,
      `max("${vital}") as "${vital}.max"`,
    ])
    const result = await connection.runAndReadAll(
      `select patient, (floor(time / ${windowMs}) * ${windowMs})::double as start, count(*)::double as count, ${sums.join(', ')}
       from readings group by all order by patient, start`,
    )
    return result.getRowObjects().map((row) => ({
      patientId: String(row.patient),
      start: Number(row.start),
      end: Number(row.start) + windowMs,
      count: Number(row.count),
      vitals: Object.fromEntries(VITALS.map((vital) => [vital, summaryOf(row, vital)])),
    }))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const VITALS = Object.values(COLUMNS)

function summaryOf(row: { readonly [name: string]: unknown }, vital: string): VitalSummary {
  const of = (part: string): number | null => row[`${vital}.${part}`] as number | null
  return { count: of('count') ?? 0, mean: of('mean'), min: of('min'), max: of('max') }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** One value that is not as expected; `undefined` where the whole window is missing on that side. */
export interface WindowDifference {
  readonly patientId: string
  readonly start: number
  readonly what: string
  readonly expected: unknown
  readonly actual: unknown
}

/**
 * Compares the lines of a `windows.ndjson`, in whatever order, with what is expected: means to 1e-9 relative, the rest
 * exactly. A vital that is not expected must have no value in it; a window that comes twice is a difference.
 */
export function compareWindows(actualNdjsonPath: string, expected: readonly WindowRow[]): WindowDifference[] {
  const lines = readFileSync(actualNdjsonPath, 'utf8').split('\n').filter(Boolean)
  const actual = new Map<string, WindowRow>()
  const differences: WindowDifference[] = []
  const keyOf = ({ patientId, start }: { patientId: string; start: number }): string => `${start} ${patientId}`
  for (const line of lines) {
    const row: WindowRow = JSON.parse(line)
    if (actual.has(keyOf(row))) {
      differences.push({ patientId: row.patientId, start: row.start, what: 'window', expected: 1, actual: 2 })
    }
    actual.set(keyOf(row), row)
  }
  for (const row of expected) {
    const { patientId, start } = row
    const found = actual.get(keyOf(row))
    actual.delete(keyOf(row))
    if (found === undefined) {
      differences.push({ patientId, start, what: 'window', expected: 'present', actual: undefined })
      continue
    }
    const check = (what: string, wanted: unknown, got: unknown, isEqual = Object.is(wanted, got)): void => {
      if (!isEqual) differences.push({ patientId, start, what, expected: wanted, actual: got })
    }
    check('end', row.end, found.end)
    check('count', row.count, found.count)
    for (const vital of new Set([...Object.keys(row.vitals), ...Object.keys(found.vitals ?? {})])) {
      const wanted = row.vitals[vital] ?? EMPTY
      const got = found.vitals?.[vital]
      check(`${vital}.count`, wanted.count, got?.count)
      check(`${vital}.min`, wanted.min, got?.min)
      check(`${vital}.max`, wanted.max, got?.max)
      check(`${vital}.mean`, wanted.mean, got?.mean, isClose(wanted.mean, got?.mean))
    }
  }
  for (const { patientId, start } of actual.values()) {
    differences.push({ patientId, start, what: 'window', expected: undefined, actual: 'present' })
  }
  return differences
}

const EMPTY: VitalSummary = { count: 0, mean: null, min: null, max: null }

function isClose(wanted: number | null, got: number | null | undefined): boolean {
  if (typeof wanted !== 'number' || typeof got !== 'number') return wanted === got
  return Math.abs(wanted - got) <= 1e-9 * Math.max(Math.abs(wanted), Math.abs(got))
}
