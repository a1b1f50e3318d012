import type { OfReadings } from './readings.ts'

/** How many readings there are. */
export const count: OfReadings = ({ length }) => length
