import type { Make } from '../../harness/benchmark.ts'
import { type Reading, wardReadings } from '../readings.ts'

export const WITHIN_MS = 10_000

/** One reading in five is one of the last 20 s sent again: half of those within the 10 s, half too old to be known. */
export const make: Make<readonly Reading[]> = wardReadings({ events: 200_000, repeated: 0.2 })
