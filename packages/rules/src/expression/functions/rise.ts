import { last, lastSql } from './last.ts'
import { min, minSql } from './min.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'

/** How far the newest value is above the least: zero or more. */
export const rise: OfReadings = (readings) => last(readings) - min(readings)

/** The same in SQL. */
export const riseSql: SqlOfReadings = (readings) => `${lastSql(readings)} - ${minSql(readings)}`
