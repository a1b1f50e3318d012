import type { OfReadings } from './readings.ts'

/** The newest value. */
export const last: OfReadings = ({ values, length }) => values[length - 1] as number
