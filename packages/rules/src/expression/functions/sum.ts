import type { OfReadings, SqlOfReadings } from './readings.ts'

/** The values, added from the oldest, with what each addition loses carried along (Neumaier 1974). */
export const sum: OfReadings = ({ values, length }) => {
  let total = 0
  let lost = 0
  for (let i = 0; i < length; i++) {
    const value = values[i] as number
    const next = total + value
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total
    total = next
  }
  return total + lost
}

/** The same in SQL: `fsum` carries what is lost (Kahan). */
export const sumSql: SqlOfReadings = ({ value, window }) => `fsum(${value}) over ${window}`
