import { readingsOf } from '../../core/sliding/readings.ts'
import type { Make } from '../../harness/benchmark.ts'
import type { OverData } from './data.ts'

/** The same readings over the last ten seconds, 10 readings of a patient: what a record costs is not to grow with these. */
export const make: Make<OverData> = () => {
  const readings = readingsOf(1_000, 1_000_000)
  return { data: { readings, lastMs: 10_000 }, events: readings.length }
}
