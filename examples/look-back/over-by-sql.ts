import { DuckDBInstance } from '@duckdb/node-api'
import type { LookBack } from '@millrace/core'

export interface Reading {
  readonly id: number
  readonly bed: string
  readonly time: number
  readonly value: number | null
}

/** As of one reading: what its look-back comes to. */
export interface AsOf {
  readonly id: number
  readonly readings: number
  readonly values: number
  readonly total: number | null
  readonly mean: number | null
  readonly lowest: number | null
  readonly highest: number | null
}

/** Computes a look-back by SQL. Of one time, rows come by their number. Sorted by number. */
export async function overBySql(readings: readonly Reading[], lookBack: LookBack): Promise<AsOf[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' })
  const connection = await instance.connect()
  try {
    await connection.run('create table readings (id integer, bed varchar, time bigint, value double)')
    const rows = readings.map(({ id, bed, time, value }) => `(${id}, '${bed}', ${time}, ${value ?? 'null'})`)
    await connection.run(`insert into readings values ${rows.join(', ')}`)
    const result = await connection.runAndReadAll(
      `select id, count(*) over w as readings, count(value) over w as "values", sum(value) over w as total, avg(value) over w as mean,
              min(value) over w as lowest, max(value) over w as highest
       from readings window w as (partition by bed order by ${frameOf(lookBack)}) order by id`,
    )
    return result.getRowObjects().map((row) => ({
      id: Number(row.id),
      readings: Number(row.readings),
      values: Number(row.values),
      total: row.total as number | null,
      mean: row.mean as number | null,
      lowest: row.lowest as number | null,
      highest: row.highest as number | null,
    }))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function frameOf({ last, rows }: LookBack): string {
  if (rows === undefined) {
    return `time range between ${last === 'unbounded' ? last : Number(last)} preceding and current row`
  }
  return `time, id rows between ${rows === 'unbounded' ? rows : rows - 1} preceding and current row`
}
