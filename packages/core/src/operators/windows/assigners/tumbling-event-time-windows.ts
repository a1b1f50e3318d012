import type { Duration } from '../../../time/duration.ts'
import { type AlignedWindows, alignedWindows } from './aligned-windows.ts'
import { offsetOf, type WindowOptions, windowSize } from './window-size.ts'

/**
 * Assigns each record to one fixed-size window `[start, end)` by its event timestamp.
 *
 * Windows align to the Unix epoch in UTC, not to the first record. One accumulator is kept for each key and open
 * window, and freed once the watermark passes `end - 1 + allowedLateness`.
 *
 * @throws CORE_WINDOW_INVALID when the size is not a positive whole number of ms.
 * @example
 * ```ts
 * import { tumblingEventTimeWindows } from '@millrace/core'
 * tumblingEventTimeWindows('5s').assign(12_345) // => [{ start: 10_000, end: 15_000 }]
 * ```
 */
export function tumblingEventTimeWindows(size: Duration, options: WindowOptions = {}): AlignedWindows {
  const sizeMs = windowSize(size, "a window's size")
  return alignedWindows('tumbling', sizeMs, sizeMs, offsetOf(options, sizeMs))
}
