import type { Make } from '../../harness/benchmark.ts'
import { readingsOf, type SlidingData } from './readings.ts'

/** The last minute anew every second: one reading in a slice, so slices save nothing and a result is due for each reading. */
export const make: Make<SlidingData> = () => {
  const readings = readingsOf(100, 400_000)
  return { data: { readings, sizeMs: 60_000, slideMs: 1_000 }, events: readings.length }
}
