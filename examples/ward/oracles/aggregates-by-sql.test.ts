import { DuckDBInstance } from '@duckdb/node-api'
import {
  type AggregateFunction,
  approximateCountDistinct,
  approximateQuantile,
  correlation,
  countDistinct,
  covariance,
  kurtosis,
  median,
  mode,
  quantile,
  skewness,
  slope,
  standardDeviation,
  variance,
} from '@millrace/core'
import { expect, test } from 'vitest'

// DuckDB as a second opinion on what SQL's names mean. Its sums are plain doubles, so it is asked near 0 only. It says NaN in
// places where Millrace says that there is nothing, and gives any of several modes.

interface Row {
  readonly time: number
  readonly x: number | null
  readonly y: number | null
}

const x = (r: Row): number | null => r.x
const y = (r: Row): number | null => r.y

/** A number that looks drawn, from 0 to 1: the same on every run. */
function drawn(i: number): number {
  const wild = Math.sin(i * 12.9898) * 43758.5453
  return wild - Math.floor(wild)
}

const vitals: Row[] = Array.from({ length: 997 }, (_, i) => ({
  time: Math.floor(drawn(i) * 3_600_000),
  x: drawn(i + 1_000) < 0.1 ? null : Math.round(60 + 40 * drawn(i + 2_000) ** 3),
  y: drawn(i + 3_000) < 0.1 ? null : 4 * drawn(i + 4_000) + i / 1_000 - 2,
}))

const sql = {
  'approx_count_distinct(y)': approximateCountDistinct(y),
  'approx_quantile(y, 0.5)': approximateQuantile(y, 0.5),
  'corr(y, x)': correlation(y, x),
  'count(distinct x)': countDistinct(x),
  'covar_pop(x, y)': covariance(x, y, { population: true }),
  'covar_samp(x, y)': covariance(x, y),
  'kurtosis(x)': kurtosis(x),
  'kurtosis(y)': kurtosis(y),
  'kurtosis_pop(x)': kurtosis(x, { population: true }),
  'median(x)': median(x),
  'median(y)': median(y),
  'mode(x)': mode(x),
  'quantile_cont(x, 0.1)': quantile(x, 0.1),
  'quantile_cont(y, 0.9)': quantile(y, 0.9),
  'quantile_cont(y, 0.999)': quantile(y, 0.999),
  'regr_slope(y, time) * 60000': slope(y, { per: '1m' }),
  'skewness(x)': skewness(x),
  'skewness(y)': skewness(y),
  'stddev_pop(y)': standardDeviation(y, { population: true }),
  'stddev_samp(y)': standardDeviation(y),
  'var_pop(x)': variance(x, { population: true }),
  'var_samp(x)': variance(x),
} as Record<string, AggregateFunction<Row, unknown, number | undefined>>

/** Two sketches of different make: each has its own error. */
const tolerances: Record<string, number> = { 'approx_count_distinct(y)': 0.15, 'approx_quantile(y, 0.5)': 0.01 }

async function bySql(rows: readonly Row[]): Promise<Record<string, unknown>> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  try {
    await connection.run('create table t (time double, x double, y double)')
    const values = rows.map((r) => `(${r.time}, ${r.x}, ${r.y})`).join(', ')
    if (rows.length > 0) await connection.run(`insert into t values ${values}`)
    const columns = Object.keys(sql).map((expression) => `(${expression})::double as "${expression}"`)
    return (await connection.runAndReadAll(`select ${columns.join(', ')} from t`)).getRowObjects()[0] ?? {}
  } finally {
    connection.closeSync()
  }
}

/** As windows do: added in slices, and merged. */
function byMillrace(rows: readonly Row[]): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(sql).map(([expression, aggregate]) => {
      const slices = [0, 1, 2, 3, 4].map((slice) =>
        rows
          .filter((_, i) => i % 5 === slice)
          .reduce((accumulator, row) => aggregate.add(accumulator, row, row.time), aggregate.create()),
      )
      return [expression, aggregate.result(slices.reduce((a, b) => aggregate.merge(a, b)))]
    }),
  )
}

test.each([
  ['997 readings', vitals],
  ['5 readings', vitals.slice(0, 5)],
  ['2 readings', vitals.filter((r) => r.x !== null && r.y !== null).slice(0, 2)],
  ['1 reading', [{ time: 5, x: 80, y: 37 }]],
  ['readings without a value', [{ time: 5, x: null, y: null }]],
  ['none', []],
])('the aggregates agree with DuckDB on %s', async (_, rows) => {
  const expected = await bySql(rows)
  for (const [expression, actual] of Object.entries(byMillrace(rows))) {
    const other = expected[expression]
    if (expression === 'mode(x)' && rows.length < 10) continue
    const isNothing = other === null || Number.isNaN(other)
    if (isNothing || actual === undefined)
      expect(actual === undefined, `${expression}: ${actual}, not ${other}`).toBe(isNothing)
    else {
      const tolerance = (tolerances[expression] ?? 1e-9) * Math.max(1, Math.abs(other as number))
      expect(Math.abs(actual - (other as number)), `${expression}: ${actual}, not ${other}`).toBeLessThanOrEqual(
        tolerance,
      )
    }
  }
})

test('DuckDB has NaN, or nothing, where readings do not differ; Millrace has nothing', async () => {
  const rows = [1, 2, 3, 4, 5].map(() => ({ time: 5, x: 80, y: 37 }))
  const expected = await bySql(rows)
  const actual = byMillrace(rows)
  for (const expression of ['skewness(x)', 'kurtosis(x)', 'corr(y, x)', 'regr_slope(y, time) * 60000']) {
    expect(Number.isFinite(expected[expression]), expression).toBe(false)
    expect(actual[expression], expression).toBeUndefined()
  }
})
