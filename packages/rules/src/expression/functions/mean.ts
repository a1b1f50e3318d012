import { countSql } from './count.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'
import { sum, sumSql } from './sum.ts'

/** The sum of the values by their number. */
export const mean: OfReadings = (readings) => sum(readings) / readings.length

/** The same in SQL. */
export const meanSql: SqlOfReadings = (readings) => `${sumSql(readings)} / ${countSql(readings)}`
