import { LARGEST_TIMESTAMP, SLICED, type SlicedWindows, type SliceScheme, windowsBySlices } from './slice-scheme.ts'
import { LONGEST_MS } from './window-size.ts'

/** Windows of one size that start every `slideMs`, whatever the records: `[n * slideMs + offsetMs, + sizeMs)`. Immutable. */
export interface AlignedWindows extends SlicedWindows {
  readonly kind: 'tumbling' | 'sliding'
  readonly sizeMs: number
  readonly slideMs: number
  /** In `[0, slideMs)`. */
  readonly offsetMs: number
}

export function alignedWindows(
  kind: AlignedWindows['kind'],
  sizeMs: number,
  slideMs: number,
  offsetMs: number,
): AlignedWindows {
  const slices = alignedSlices(sizeMs, slideMs, offsetMs)
  const every = kind === 'sliding' ? ` every ${slideMs} ms` : ''
  const from = offsetMs === 0 ? '' : ` from ${offsetMs} ms`
  return Object.freeze({
    kind,
    sizeMs,
    slideMs,
    offsetMs,
    detail: `${sizeMs} ms${every}${from}`,
    slices,
    ...SLICED,
    assign: (timestamp: number) => windowsBySlices(slices, timestamp),
  })
}

/**
 * The slices of the windows `[n * slide + offset, + size)`. Where the slide does not divide the size, a slide has two:
 *
 * ```
 *   windows  [-----------------)                size 10, slide 4
 *                   [-----------------)
 *                          [-----------------)
 *   edges    s      s  e   s   e  s   e
 *   slices   [      [  [   [   [  [   ...       r = 10 mod 4 = 2: [s, s + r) and [s + r, s + slide)
 * ```
 *
 * So a window has at most two slices for each slide in it (paired windows, Krishnamurthy et al. 2006).
 */
export function alignedSlices(size: number, slide: number, offset: number): SliceScheme {
  const rest = size % slide
  /** The latest start of a window at or before `time`, a whole number: below 2^53, no rounding crosses an edge. */
  const latestStart = (time: number): number => Math.floor((time - offset) / slide) * slide + offset
  return Object.freeze({
    isOneSliceEach: size === slide,
    sliceStart(time: number) {
      const whole = Math.floor(time)
      const start = latestStart(whole)
      return rest > 0 && whole >= start + rest ? start + rest : start
    },
    sliceEnd(start: number) {
      if (rest === 0) return start + slide
      return latestStart(start) === start ? start + rest : start + slide - rest
    },
    firstWindowEnd: (time: number) => latestStart(Math.floor(time) - size) + slide + size,
    lastWindowEnd: (time: number) => latestStart(Math.floor(time)) + size,
    lastPassedEnd(watermark: number) {
      if (watermark > LARGEST_TIMESTAMP + LONGEST_MS) return Number.POSITIVE_INFINITY
      if (watermark < -LARGEST_TIMESTAMP) return Number.NEGATIVE_INFINITY
      return latestStart(Math.floor(watermark) + 1 - size) + size
    },
    windowStart: (end: number) => end - size,
    nextWindowEnd: (end: number) => end + slide,
  })
}
