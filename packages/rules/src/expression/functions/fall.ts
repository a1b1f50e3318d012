import { last } from './last.ts'
import { max } from './max.ts'
import type { OfReadings } from './readings.ts'

/** How far the newest value is below the greatest: zero or more. */
export const fall: OfReadings = (readings) => max(readings) - last(readings)
