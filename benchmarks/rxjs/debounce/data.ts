import type { Make } from '../../harness/benchmark.ts'
import { type Reading, wardReadings } from '../readings.ts'

/** Readings come a second apart on average, by chance: now and then a patient is silent for longer. */
export const WAIT_MS = 2_000

export const make: Make<readonly Reading[]> = wardReadings({ events: 600_000 })
