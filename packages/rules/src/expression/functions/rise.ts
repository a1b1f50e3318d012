import { last } from './last.ts'
import { min } from './min.ts'
import type { OfReadings } from './readings.ts'

/** How far the newest value is above the least: zero or more. */
export const rise: OfReadings = (readings) => last(readings) - min(readings)
