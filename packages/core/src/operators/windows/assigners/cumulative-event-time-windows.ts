import { MillraceError } from '../../../errors.ts'
import type { Duration } from '../../../time/duration.ts'
import { alignedSlices } from './aligned-windows.ts'
import { cumulativeSlices } from './cumulative-slices.ts'
import { SLICED, type SlicedWindows, windowsBySlices } from './slice-scheme.ts'
import { offsetOf, type WindowOptions, windowSize } from './window-size.ts'

/** Windows that grow, step by step, within periods that follow each other. Immutable. */
export interface CumulativeWindows extends SlicedWindows {
  readonly kind: 'cumulative'
}

/**
 * Assigns each record to the windows of its period that end after it: they all start with the period of `maxSize`, and each
 * ends a `step` later than the one before. What CUMULATE is in Flink SQL: the day so far, anew each hour.
 *
 * A window has a result for each key with a record in it, so also for a key whose last record came some steps ago. Periods
 * align to the Unix epoch in UTC. A record enters one slice of `step`: one accumulator is kept for each key and slice, and
 * freed once the watermark passes `end - 1 + allowedLateness` of the period.
 *
 * @throws CORE_WINDOW_INVALID unless both are positive whole numbers of ms, and `maxSize` a multiple of `step`.
 * @example
 * ```ts
 * import { cumulativeEventTimeWindows } from '@millrace/core'
 * cumulativeEventTimeWindows('15s', '5s').assign(7_000) // => [{ start: 0, end: 10_000 }, { start: 0, end: 15_000 }]
 * ```
 */
export function cumulativeEventTimeWindows(
  maxSize: Duration,
  step: Duration,
  options: WindowOptions = {},
): CumulativeWindows {
  const sizeMs = windowSize(maxSize, "a window's maximal size")
  const stepMs = windowSize(step, "a window's step")
  if (sizeMs % stepMs !== 0) {
    throw new MillraceError('CORE_WINDOW_INVALID', `windows of up to ${sizeMs} ms were to grow by ${stepMs} ms`)
  }
  const offsetMs = offsetOf(options, sizeMs)
  const from = offsetMs === 0 ? '' : ` from ${offsetMs} ms`
  return cumulativeWindows(
    `up to ${sizeMs} ms by ${stepMs} ms${from}`,
    cumulativeSlices(alignedSlices(sizeMs, sizeMs, offsetMs), stepMs),
  )
}

export function cumulativeWindows(detail: string, slices: SlicedWindows['slices']): CumulativeWindows {
  return Object.freeze({
    kind: 'cumulative',
    detail,
    slices,
    ...SLICED,
    assign: (timestamp: number) => windowsBySlices(slices, timestamp),
  } as const)
}
