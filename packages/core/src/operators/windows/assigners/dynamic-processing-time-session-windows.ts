import { checkFunction } from '../../../elements/check-given.ts'
import { processingTimeTrigger } from '../triggers/processing-time-trigger.ts'
import { clockTime } from './clock-time.ts'
import { sessionGap } from './session-gap.ts'
import type { WindowAssigner } from './window-assigner.ts'

/** `processingTimeSessionWindows` with a gap that each record says itself. See `dynamicEventTimeSessionWindows`. */
export function dynamicProcessingTimeSessionWindows<T>(gapMs: (value: T) => number): WindowAssigner<T> {
  checkFunction(gapMs, 'the gap of dynamic sessions', 'CORE_WINDOW_INVALID')
  return Object.freeze<WindowAssigner<T>>({
    kind: 'dynamic-processing-time-session',
    domain: 'processing-time',
    isMerging: true,
    assign: (now, value) => [{ start: clockTime(now), end: now + sessionGap(gapMs(value)) }],
    defaultTrigger: processingTimeTrigger,
  })
}
