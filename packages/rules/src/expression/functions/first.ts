import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The oldest value. */
export const first: OfReadings = ({ values }) => values[0] as number

/** The same in SQL. */
export const firstSql: SqlOfReadings = ({ value, window }) => `first_value(${value} ignore nulls) over ${window}`
