import { mean } from './mean.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The sample standard deviation (n - 1); unknown of a single value. In two passes, so that nothing cancels. */
export const variability: OfReadings = (readings) => {
  const { values, length } = readings
  if (length < 2) return Number.NaN
  const middle = mean(readings)
  let squares = 0
  for (let i = 0; i < length; i++) squares += ((values[i] as number) - middle) ** 2
  return Math.sqrt(squares / (length - 1))
}

/** The same in SQL. */
export const variabilitySql: SqlOfReadings = ({ value, window }) => `stddev_samp(${value}) over ${window}`
