import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The greatest value. */
export const max: OfReadings = ({ values, length }) => {
  let greatest = values[0] as number
  for (let i = 1; i < length; i++) if ((values[i] as number) > greatest) greatest = values[i] as number
  return greatest
}

/** The same in SQL. */
export const maxSql: SqlOfReadings = ({ value, window }) => `max(${value}) over ${window}`
