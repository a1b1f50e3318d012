import type { TimeWindow } from '../../../elements/time-window.ts'
import { NO_TIMESTAMP } from '../../../elements/timestamp.ts'
import { MillraceError } from '../../../errors.ts'
import { eventTimeTrigger } from '../triggers/event-time-trigger.ts'
import type { WindowAssigner } from './window-assigner.ts'

/**
 * How windows that do not depend on the records share *slices*: the stretches between two neighbouring edges (starts and
 * ends) of windows. A record enters one slice; a window is a whole number of slices. Pure functions of their arguments.
 *
 * ```
 *   windows  [--------------)
 *                  [--------------)
 *                         [--------------)
 *   slices   [     [      [ [     [   ...
 * ```
 *
 * A window is known by its end: no two windows have the same. Of two windows the one that ends later does not start
 * earlier; `windowStart` rises with the end. Every time is in at least one window. All edges are whole numbers.
 */
export interface SliceScheme {
  /** Where each window is one slice, nothing has to be merged. */
  readonly isOneSliceEach: boolean
  /** Where the slice of a time starts. */
  sliceStart(time: number): number
  /** Where the slice that starts at `start` ends. */
  sliceEnd(start: number): number
  /** The end of the first window that holds the time. */
  firstWindowEnd(time: number): number
  /** The end of the last window that holds the time. */
  lastWindowEnd(time: number): number
  /**
   * The end of the last window that a watermark has passed: `end - 1 <= watermark`. Minus infinity before all times that
   * there can be, infinity after all windows.
   */
  lastPassedEnd(watermark: number): number
  /** The start of the window with this end. */
  windowStart(end: number): number
  /** The end of the window that follows the one with this end. */
  nextWindowEnd(end: number): number
}

/** Windows that share slices. Immutable. */
export interface SlicedWindows extends WindowAssigner<unknown> {
  readonly kind: 'tumbling' | 'sliding' | 'cumulative'
  /** Size and place, for `explain()`. State is tied to it: windows that differ in it do not share state. */
  readonly detail: string
  readonly slices: SliceScheme
  /** The windows that a record belongs to, earliest first. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID */
  assign(timestamp: number): TimeWindow[]
}

/** What all sliced windows are. */
export const SLICED: Pick<SlicedWindows, 'domain' | 'isMerging' | 'defaultTrigger'> = Object.freeze({
  domain: 'event-time',
  isMerging: false,
  defaultTrigger: eventTimeTrigger,
} as const)

/** Event times reach as far as a `Date` does. */
export const LARGEST_TIMESTAMP = 8.64e15

/** The timestamp itself. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID where no window can hold it. */
export function checkTimestamp(timestamp: number): number {
  if (Math.abs(timestamp) <= LARGEST_TIMESTAMP) return timestamp
  if (timestamp === NO_TIMESTAMP) {
    throw new MillraceError('CORE_TIMESTAMP_MISSING', 'a record without a timestamp came to a window')
  }
  throw new MillraceError('CORE_TIMESTAMP_INVALID', 'a record came to a window with a timestamp that no date has')
}

/** What `assign` of sliced windows does. @throws CORE_TIMESTAMP_MISSING, CORE_TIMESTAMP_INVALID */
export function windowsBySlices(slices: SliceScheme, timestamp: number): TimeWindow[] {
  const windows: TimeWindow[] = []
  const last = slices.lastWindowEnd(checkTimestamp(timestamp))
  for (let end = slices.firstWindowEnd(timestamp); end <= last; end = slices.nextWindowEnd(end)) {
    windows.push({ start: slices.windowStart(end), end })
  }
  return windows
}
