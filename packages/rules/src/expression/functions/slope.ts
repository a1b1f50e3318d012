import { mean } from './mean.ts'
import type { OfReadings, SqlOfReadings } from './readings.ts'

const MINUTE_MS = 60_000

/** The slope of the least-squares line through the readings, by minute; unknown of a single one. */
export const slope: OfReadings = (readings) => {
  const { times, values, length } = readings
  if (length < 2) return Number.NaN
  // Times are taken from the newest: as ms since 1970 their squares would leave no digits for the rest.
  const end = times[length - 1] as number
  let middle = 0
  for (let i = 0; i < length; i++) middle += (times[i] as number) - end
  middle /= length
  const level = mean(readings)
  let over = 0
  let under = 0
  for (let i = 0; i < length; i++) {
    const away = (times[i] as number) - end - middle
    over += away * ((values[i] as number) - level)
    under += away * away
  }
  return (over / under) * MINUTE_MS
}

/** The same in SQL. */
export const slopeSql: SqlOfReadings = ({ value, time, window }) =>
  `regr_slope(${value}, ${time}) over ${window} * ${MINUTE_MS}`
