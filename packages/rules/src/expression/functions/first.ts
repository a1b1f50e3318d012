import type { OfReadings } from './readings.ts'

/** The oldest value. */
export const first: OfReadings = ({ values }) => values[0] as number
