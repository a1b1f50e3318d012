import { checkFunction } from '../../../elements/check-given.ts'
import { eventTimeTrigger } from '../triggers/event-time-trigger.ts'
import { sessionGap } from './session-gap.ts'
import { checkTimestamp } from './slice-scheme.ts'
import type { WindowAssigner } from './window-assigner.ts'

/**
 * Sessions whose gap each record says itself: a record is in `[timestamp, timestamp + gapMs(record))`; windows of one key that
 * overlap or touch are merged. Where gaps differ, the session ends with the record that reaches furthest.
 *
 * @param gapMs depends on the record alone. A gap that is not a positive whole number of ms fails the job: CORE_WINDOW_INVALID.
 * @example
 * ```ts
 * import { dynamicEventTimeSessionWindows } from '@millrace/core'
 * const sessions = dynamicEventTimeSessionWindows((pump: { gapMs: number }) => pump.gapMs)
 * sessions.assign(5_000, { gapMs: 10_000 }) // => [{ start: 5_000, end: 15_000 }]
 * ```
 */
export function dynamicEventTimeSessionWindows<T>(gapMs: (value: T) => number): WindowAssigner<T> {
  checkFunction(gapMs, 'the gap of dynamic sessions', 'CORE_WINDOW_INVALID')
  return Object.freeze<WindowAssigner<T>>({
    kind: 'dynamic-session',
    domain: 'event-time',
    isMerging: true,
    assign: (timestamp, value) => [{ start: checkTimestamp(timestamp), end: timestamp + sessionGap(gapMs(value)) }],
    defaultTrigger: eventTimeTrigger,
  })
}
