import type { TimeWindow } from '../../../elements/time-window.ts'
import type { Duration } from '../../../time/duration.ts'
import { eventTimeTrigger } from '../triggers/event-time-trigger.ts'
import { checkTimestamp } from './slice-scheme.ts'
import type { WindowAssigner } from './window-assigner.ts'
import { windowSize } from './window-size.ts'

/** Windows that a key's own records make: they last until there is none for `gapMs`. Immutable. */
export interface SessionWindows extends WindowAssigner<unknown> {
  readonly kind: 'session'
  readonly gapMs: number
  /** The window of a record alone, before it merges. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID */
  assign(timestamp: number): TimeWindow[]
}

/**
 * Assigns each record to `[timestamp, timestamp + gap)`; windows of one key that overlap or touch are merged into one
 * session. Records exactly one gap apart are in one session, as in Flink.
 *
 * One accumulator is kept for each key and session, and freed once the watermark passes `end - 1 + allowedLateness`.
 *
 * @throws CORE_WINDOW_INVALID when the gap is not a positive whole number of ms.
 * @example
 * ```ts
 * import { eventTimeSessionWindows } from '@millrace/core'
 * eventTimeSessionWindows('30s').assign(5_000) // => [{ start: 5_000, end: 35_000 }]
 * ```
 */
export function eventTimeSessionWindows(gap: Duration): SessionWindows {
  const gapMs = windowSize(gap, "a session's gap")
  return Object.freeze({
    kind: 'session',
    gapMs,
    domain: 'event-time',
    isMerging: true,
    defaultTrigger: eventTimeTrigger,
    assign: (timestamp: number) => [{ start: checkTimestamp(timestamp), end: timestamp + gapMs }],
  } as const)
}
