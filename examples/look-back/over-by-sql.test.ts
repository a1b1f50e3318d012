import { boundedOutOfOrderness, count, createEnvironment, type LookBack, max, mean, min, sum } from '@millrace/core'
import { expect, it } from 'vitest'
import { type AsOf, overBySql, type Reading } from './over-by-sql.ts'

const MAX_DELAY_MS = 60

/** Readings of four beds, out of order within the delay, many of one time, some without a value; the same each time. */
function readingsFor(seed: number): Reading[] {
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: 2_000 }, (_, id) => ({
    id,
    bed: `bed-${Math.floor(random() * 4)}`,
    time: Math.floor(id * 3 - random() * MAX_DELAY_MS),
    // Adding 0 makes 0 of -0, which are one number to SQL and two here.
    value: random() < 0.1 ? null : Math.round(random() * 2_000 - 1_000) / 8 + 0,
  }))
}

const lookBacks: LookBack[] = [
  { last: 1 },
  { last: 40 },
  { last: 1_500 },
  { last: 'unbounded' },
  { rows: 1 },
  { rows: 7 },
  { rows: 300 },
  { rows: 'unbounded' },
]

it.each(lookBacks)('a look-back over %j is what DuckDB says', async (lookBack) => {
  const readings = readingsFor(20_261)
  const results = await createEnvironment()
    .fromArray(readings)
    .assignTimestamps((r) => r.time, boundedOutOfOrderness(MAX_DELAY_MS))
    .keyBy((r) => r.bed)
    .over(lookBack)
    .aggregate({
      readings: count(),
      values: count((r) => r.value),
      total: sum((r) => r.value),
      mean: mean((r) => r.value),
      lowest: min((r) => r.value),
      highest: max((r) => r.value),
    })
    .executeAndCollect()
  const found = results.map(
    ({ value, readings, values, total, mean, lowest, highest }): AsOf => ({
      id: value.id,
      readings,
      values,
      // SQL's sum of nothing is null, and so is its mean.
      total: values === 0 ? null : total,
      mean: rounded(mean),
      lowest: lowest ?? null,
      highest: highest ?? null,
    }),
  )
  found.sort((a, b) => a.id - b.id)
  const expected = (await overBySql(readings, lookBack)).map((row) => ({ ...row, mean: rounded(row.mean) }))
  expect(found).toHaveLength(readings.length)
  expect(found).toEqual(expected)
})

/** Values are eighths, so that all but the mean is exact on both sides. */
function rounded(mean: number | null | undefined): number | null {
  return mean === null || mean === undefined ? null : Number(mean.toPrecision(12))
}
