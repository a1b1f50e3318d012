import { MillraceError } from '../../../errors.ts'
import type { Duration } from '../../../time/duration.ts'
import { type AlignedWindows, alignedWindows } from './aligned-windows.ts'
import { offsetOf, type WindowOptions, windowSize } from './window-size.ts'

/**
 * Assigns each record to every window `[start, end)` of a fixed size that holds its event timestamp; one starts each
 * `slide`, aligned to the Unix epoch in UTC.
 *
 * A record enters one slice, which its windows share: one accumulator is kept for each key and slice, and freed once
 * the watermark passes `end - 1 + allowedLateness` of the last window that holds it.
 *
 * What a record costs does not grow with size / slide: slices are merged by two stacks a key, each at most three times; aggregates
 * whose merging takes time by what they hold (`countDistinct`, `median` and others with `unmerge`) have one accumulator a key, from
 * which a slice is taken back when it leaves.
 *
 * @throws CORE_WINDOW_INVALID unless size and slide are positive whole numbers of ms, the slide at most the size.
 * @example
 * ```ts
 * import { slidingEventTimeWindows } from '@millrace/core'
 * slidingEventTimeWindows('10s', '5s').assign(12_345) // => [{ start: 5_000, end: 15_000 }, { start: 10_000, end: 20_000 }]
 * ```
 */
export function slidingEventTimeWindows(size: Duration, slide: Duration, options: WindowOptions = {}): AlignedWindows {
  const sizeMs = windowSize(size, "a window's size")
  const slideMs = windowSize(slide, "a window's slide")
  if (slideMs > sizeMs) {
    throw new MillraceError('CORE_WINDOW_INVALID', `windows of ${sizeMs} ms were to start every ${slideMs} ms`)
  }
  return alignedWindows('sliding', sizeMs, slideMs, offsetOf(options, slideMs))
}
