import { LARGEST_TIMESTAMP, type SliceScheme } from './slice-scheme.ts'
import { LONGEST_MS } from './window-size.ts'

/**
 * The slices of windows that grow by `stepMs` within each of `periods` (windows that follow each other without overlap):
 *
 * ```
 *   periods  [---------------)[---------------)
 *   windows  [-----)          [-----)               each starts with its period,
 *            [-----------)    [-----------)         and ends a step later than the one before,
 *            [---------------)[---------------)     the last one with the period
 *   slices   [     [     [    [     [     [   ...
 * ```
 */
export function cumulativeSlices(periods: SliceScheme, stepMs: number): SliceScheme {
  const sliceStart = (time: number): number => {
    const start = periods.sliceStart(time)
    return start + Math.floor((Math.floor(time) - start) / stepMs) * stepMs
  }
  const sliceEnd = (start: number): number => Math.min(start + stepMs, periods.lastWindowEnd(start))
  return Object.freeze({
    isOneSliceEach: false,
    sliceStart,
    sliceEnd,
    firstWindowEnd: (time: number) => sliceEnd(sliceStart(time)),
    lastWindowEnd: (time: number) => periods.lastWindowEnd(time),
    lastPassedEnd(watermark: number) {
      if (watermark > LARGEST_TIMESTAMP + LONGEST_MS) return Number.POSITIVE_INFINITY
      if (watermark < -LARGEST_TIMESTAMP) return Number.NEGATIVE_INFINITY
      return sliceStart(Math.floor(watermark) + 1)
    },
    windowStart: (end: number) => periods.sliceStart(end - 1),
    // Each slice's end is a window's.
    nextWindowEnd: sliceEnd,
  })
}
