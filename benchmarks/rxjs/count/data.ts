import type { Make } from '../../harness/benchmark.ts'
import { type Reading, wardReadings } from '../readings.ts'

export const MINUTE_MS = 60_000

export const make: Make<readonly Reading[]> = wardReadings({ events: 600_000 })
