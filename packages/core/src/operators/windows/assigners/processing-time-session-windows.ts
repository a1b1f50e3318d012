import type { Duration } from '../../../time/duration.ts'
import { processingTimeTrigger } from '../triggers/processing-time-trigger.ts'
import { clockTime } from './clock-time.ts'
import type { WindowAssigner } from './window-assigner.ts'
import { windowSize } from './window-size.ts'

/**
 * Sessions by the job's clock: a session lasts until there is no record of its key for `gap`. Otherwise as
 * `eventTimeSessionWindows`; nothing is late.
 *
 * @throws CORE_WINDOW_INVALID when the gap is not a positive whole number of ms.
 */
export function processingTimeSessionWindows(gap: Duration): WindowAssigner<unknown> {
  const gapMs = windowSize(gap, "a session's gap")
  return Object.freeze<WindowAssigner<unknown>>({
    kind: 'processing-time-session',
    detail: `gap ${gapMs} ms`,
    domain: 'processing-time',
    isMerging: true,
    assign: (now) => [{ start: clockTime(now), end: now + gapMs }],
    defaultTrigger: processingTimeTrigger,
  })
}
