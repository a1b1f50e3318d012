import type { Reading } from '../../core/sliding/readings.ts'
import { readingsOf } from '../../core/sliding/readings.ts'
import type { Make } from '../../harness/benchmark.ts'

export interface OverData {
  readonly readings: readonly Reading[]
  readonly lastMs: number
}

/** As of each reading the last five minutes: 300 readings of its patient. */
export const make: Make<OverData> = () => {
  const readings = readingsOf(1_000, 1_000_000)
  return { data: { readings, lastMs: 300_000 }, events: readings.length }
}
