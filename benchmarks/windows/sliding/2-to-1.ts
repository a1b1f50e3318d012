import { slidingData } from './readings.ts'

export const make = slidingData(2)
