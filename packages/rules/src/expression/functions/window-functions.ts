import type { WindowFunction } from '../expression.ts'
import { count, countSql } from './count.ts'
import { fall, fallSql } from './fall.ts'
import { first, firstSql } from './first.ts'
import { last, lastSql } from './last.ts'
import { max, maxSql } from './max.ts'
import { mean, meanSql } from './mean.ts'
import { median, medianSql } from './median.ts'
import { min, minSql } from './min.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'
import { rise, riseSql } from './rise.ts'
import { slope, slopeSql } from './slope.ts'
import { sum, sumSql } from './sum.ts'
import { variability, variabilitySql } from './variability.ts'

/** The functions that the values in a window are enough for; the others need the time between readings, or slices. */
export const WINDOW_FUNCTIONS_OF_READINGS: Readonly<
  Record<Exclude<WindowFunction, 'timeInRange' | 'baseline'>, OfReadings>
> = { mean, median, min, max, first, last, count, sum, slope, rise, fall, variability }

/** The same functions in SQL. */
export const SQL_OF_READINGS: Readonly<Record<Exclude<WindowFunction, 'timeInRange' | 'baseline'>, SqlOfReadings>> = {
  mean: meanSql,
  median: medianSql,
  min: minSql,
  max: maxSql,
  first: firstSql,
  last: lastSql,
  count: countSql,
  sum: sumSql,
  slope: slopeSql,
  rise: riseSql,
  fall: fallSql,
  variability: variabilitySql,
}
