import { medianSql } from './median.ts'

/** What the SQL of a baseline is put together from. */
export interface BaselineSql {
  /** A table with `patient`, `time` and the reading's value, NULL where it has none. */
  readonly from: string
  readonly value: string
  readonly sliceMs: number
  readonly slices: number
  /** How many slices need to have readings. */
  readonly least: number
}

/** The baseline as `baselineOf` finds it, by `of_patient` and `slice`: for each slice with readings, that of those before it. */
export function baselineSql({ from, value, sliceMs, slices, least }: BaselineSql): string {
  const window = `(partition by patient order by slice range between ${slices} preceding and 1 preceding)`
  const means = `select patient, ${sliceOfSql(sliceMs)} as slice, fsum(${value}) / count(${value}) as mean
    from ${from} where ${value} is not null group by all`
  const median = medianSql({ value: 'mean', time: 'slice', window })
  return `select patient as of_patient, slice, case when count(mean) over ${window} >= ${least} then ${median} end as baseline
    from (${means})`
}

/** The number of the slice that a moment is in, counted from 1970. */
export function sliceOfSql(sliceMs: number): string {
  return `floor(time / ${sliceMs}e0)`
}
