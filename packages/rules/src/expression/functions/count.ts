import type { OfReadings, SqlOfReadings } from './readings.ts'

/** How many readings there are. */
export const count: OfReadings = ({ length }) => length

/** The same in SQL. */
export const countSql: SqlOfReadings = ({ value, window }) => `count(${value}) over ${window}`
