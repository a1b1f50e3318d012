import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The least value. */
export const min: OfReadings = ({ values, length }) => {
  let least = values[0] as number
  for (let i = 1; i < length; i++) if ((values[i] as number) < least) least = values[i] as number
  return least
}

/** The same in SQL. */
export const minSql: SqlOfReadings = ({ value, window }) => `min(${value}) over ${window}`
