import type { Make } from '../../harness/benchmark.ts'
import { readingsOf, type SlidingData } from './readings.ts'

/** The last ten minutes anew every ten seconds: ten readings in a slice, 60 slices in a window. */
export const make: Make<SlidingData> = () => {
  const readings = readingsOf(1_000, 1_000_000)
  return { data: { readings, sizeMs: 600_000, slideMs: 10_000 }, events: readings.length }
}
