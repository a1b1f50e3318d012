import { readingsOf, type SlidingData } from '../../core/sliding/readings.ts'
import type { Make } from '../../harness/benchmark.ts'

const SLIDE_MS = 10_000

/**
 * Fifty patients, a reading each second, a slide of ten readings: the same readings whatever the size, and long enough (4,000
 * slides) that the windows that close after the last reading weigh little, also where they are 600 for each patient.
 */
export function slidingData(slides: number): Make<SlidingData> {
  return () => {
    const readings = readingsOf(50, 2_000_000)
    return { data: { readings, sizeMs: slides * SLIDE_MS, slideMs: SLIDE_MS }, events: readings.length }
  }
}
