import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The value in the middle; with an even number of them, the mean of the two there. */
export const median: OfReadings = ({ values, length }) => {
  const sorted = values.slice(0, length).sort()
  const middle = length >> 1
  const upper = sorted[middle] as number
  return length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** The same in SQL: of two in the middle `quantile_disc` takes the lower, and of their negatives that of the upper. */
export const medianSql: SqlOfReadings = ({ value, window }) =>
  `(quantile_disc(${value}, 0.5) over ${window} - quantile_disc(-${value}, 0.5) over ${window}) / 2`
