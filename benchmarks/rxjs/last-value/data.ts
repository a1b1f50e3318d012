import type { Make } from '../../harness/benchmark.ts'
import { type Reading, wardReadings } from '../readings.ts'

export const SECOND_MS = 1_000

/** Four readings a second from each patient: a monitor's numbers for a screen. */
export const make: Make<readonly Reading[]> = wardReadings({ events: 600_000, perMs: 4 })
