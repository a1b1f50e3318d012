import { last, lastSql } from './last.ts'
import { max, maxSql } from './max.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'

/** How far the newest value is below the greatest: zero or more. */
export const fall: OfReadings = (readings) => max(readings) - last(readings)

/** The same in SQL. */
export const fallSql: SqlOfReadings = (readings) => `${maxSql(readings)} - ${lastSql(readings)}`
