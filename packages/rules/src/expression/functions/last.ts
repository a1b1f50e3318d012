import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The newest value. */
export const last: OfReadings = ({ values, length }) => values[length - 1] as number

/** The same in SQL. */
export const lastSql: SqlOfReadings = ({ value, window }) => `last_value(${value} ignore nulls) over ${window}`
