import type { TimeWindow } from '../../../elements/time-window.ts'
import { NO_TIMESTAMP } from '../../../elements/timestamp.ts'
import { MillraceError } from '../../../errors.ts'
import { LONGEST_MS } from './window-size.ts'

/**
 * Windows of one size that start every `slideMs`, whatever the records: `[n * slideMs + offsetMs, + sizeMs)`. Immutable.
 *
 * They share *slices*, the stretches between two edges (starts and ends) of windows that follow each other. Where the
 * slide does not divide the size, a slide has two:
 *
 * ```
 *   windows  [-----------------)                size 10, slide 4
 *                   [-----------------)
 *                          [-----------------)
 *   edges    s      s  e   s   e  s   e
 *   slices   [      [  [   [   [  [   ...       r = 10 mod 4 = 2: [s, s + r) and [s + r, s + slide)
 * ```
 *
 * So a window is a whole number of slices, at most two for each slide in it (paired windows, Krishnamurthy et al. 2006).
 */
export interface AlignedWindows {
  readonly kind: 'tumbling' | 'sliding'
  readonly sizeMs: number
  readonly slideMs: number
  /** In `[0, slideMs)`. */
  readonly offsetMs: number
  /** The windows that a record belongs to, earliest first. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID */
  assign(timestamp: number): TimeWindow[]
}

/** Event times reach as far as a `Date` does. */
const LARGEST_TIMESTAMP = 8.64e15

/** The timestamp itself. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID where no window can hold it. */
export function checkTimestamp(timestamp: number): number {
  if (Math.abs(timestamp) <= LARGEST_TIMESTAMP) return timestamp
  if (timestamp === NO_TIMESTAMP) {
    throw new MillraceError('CORE_TIMESTAMP_MISSING', 'a record without a timestamp came to a window')
  }
  throw new MillraceError('CORE_TIMESTAMP_INVALID', 'a record came to a window with a timestamp that no date has')
}

export function alignedWindows(
  kind: AlignedWindows['kind'],
  sizeMs: number,
  slideMs: number,
  offsetMs: number,
): AlignedWindows {
  const windows: AlignedWindows = {
    kind,
    sizeMs,
    slideMs,
    offsetMs,
    assign(timestamp) {
      checkTimestamp(timestamp)
      const result: TimeWindow[] = []
      for (let end = firstWindowEnd(windows, timestamp); end - sizeMs <= timestamp; end += slideMs) {
        result.push({ start: end - sizeMs, end })
      }
      return result
    },
  }
  return Object.freeze(windows)
}

/** Where the slice of a timestamp starts. */
export function sliceStart(windows: AlignedWindows, timestamp: number): number {
  const time = Math.floor(timestamp)
  const start = latestStart(windows, time)
  const cut = start + (windows.sizeMs % windows.slideMs)
  return time >= cut ? cut : start
}

/** Where the slice that starts at `start` ends. */
export function sliceEnd(windows: AlignedWindows, start: number): number {
  const rest = windows.sizeMs % windows.slideMs
  if (rest === 0) return start + windows.slideMs
  return latestStart(windows, start) === start ? start + rest : start + windows.slideMs - rest
}

/** The end of the first window that holds the timestamp. */
export function firstWindowEnd(windows: AlignedWindows, timestamp: number): number {
  return latestStart(windows, Math.floor(timestamp) - windows.sizeMs) + windows.slideMs + windows.sizeMs
}

/** The end of the last window that holds the timestamp. */
export function lastWindowEnd(windows: AlignedWindows, timestamp: number): number {
  return latestStart(windows, Math.floor(timestamp)) + windows.sizeMs
}

/** The end of the last window that a watermark has passed: `end - 1 <= watermark`. */
export function lastPassedEnd(windows: AlignedWindows, watermark: number): number {
  // Beyond every window that there can be.
  if (watermark > LARGEST_TIMESTAMP + LONGEST_MS) return Number.POSITIVE_INFINITY
  if (watermark < -LARGEST_TIMESTAMP) return Number.NEGATIVE_INFINITY
  return latestStart(windows, Math.floor(watermark) + 1 - windows.sizeMs) + windows.sizeMs
}

/** The latest start of a window at or before `time`, a whole number: below 2^53, no rounding crosses an edge. */
function latestStart({ slideMs, offsetMs }: AlignedWindows, time: number): number {
  return Math.floor((time - offsetMs) / slideMs) * slideMs + offsetMs
}
