import type { TimeWindow } from '../../../elements/time-window.ts'
import type { TimeDomain } from '../../../time/timer-service.ts'
import type { Trigger } from '../triggers/trigger.ts'

/**
 * Says which windows a record is in. Immutable: it keeps nothing, and the same record at the same time is always in the same
 * windows.
 *
 * @example
 * ```ts
 * import { eventTimeTrigger, type WindowAssigner } from '@millrace/core'
 *
 * const HOUR = 3_600_000
 * // Night shifts are longer: 22:00 to 06:00 UTC, then two of eight hours.
 * const shifts: WindowAssigner<unknown> = {
 *   kind: 'shift',
 *   domain: 'event-time',
 *   isMerging: false,
 *   assign(timestamp) {
 *     const start = Math.floor((timestamp - 6 * HOUR) / (8 * HOUR)) * 8 * HOUR + 6 * HOUR
 *     return [{ start, end: start + 8 * HOUR }]
 *   },
 *   defaultTrigger: eventTimeTrigger,
 * }
 * shifts.assign(7 * HOUR, undefined) // => [{ start: 21_600_000, end: 50_400_000 }]
 * ```
 */
export interface WindowAssigner<T> {
  /** What it is: `tumbling`. Shown by `explain()`, and part of what a checkpoint is compared with. */
  readonly kind: string
  /** Half a line on its sizes, for the same. */
  readonly detail?: string
  /**
   * Whose time the windows are of. Windows of event time are late by the watermark and freed by it; windows of processing time are
   * never late, and freed when the job's clock has gone past them.
   */
  readonly domain: TimeDomain
  /** True where windows of one key that overlap or touch become one, as sessions do. */
  readonly isMerging: boolean
  /**
   * The windows of a record, in the order in which they are to be handled; none where it is in none.
   *
   * @param time the record's timestamp, or what the job's clock shows in the domain of processing time.
   */
  assign(time: number, value: T): readonly TimeWindow[]
  /** When the windows fire where nothing else is said. */
  defaultTrigger(): Trigger<T>
}
