import { type Reading, readingsOf } from '../../core/sliding/readings.ts'
import type { Make } from '../../harness/benchmark.ts'

export const LAST_MS = 60_000

/** A thousand patients, a reading each second, out of order within the bound; each looks back over a minute, some sixty readings. */
export const make: Make<readonly Reading[]> = () => {
  const data = readingsOf(1_000, 500_000)
  return { data, events: data.length }
}
