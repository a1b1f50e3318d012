import type { OfReadings } from './readings.ts'
import { sum } from './sum.ts'

/** The sum of the values by their number. */
export const mean: OfReadings = (readings) => sum(readings) / readings.length
