import type { Key } from '../../elements/key.ts'
import type { ProcessWindowFunction } from '../../functions/process-window-function.ts'
import { checkAssigner } from './assigners/check-assigner.ts'
import type { SessionWindows } from './assigners/event-time-session-windows.ts'
import type { ClockSlicedWindows } from './assigners/processing-time-windows.ts'
import type { SlicedWindows } from './assigners/slice-scheme.ts'
import type { WindowAssigner } from './assigners/window-assigner.ts'
import { allowedLatenessMs } from './late-records.ts'
import { isStateless } from './window-function.ts'
import type { WindowStepOptions } from './window-program.ts'

/** True where nothing is asked of windows that only the general operator does. @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID */
export function isPlain<In>(
  assigner: WindowAssigner<In>,
  options: WindowStepOptions<In>,
  fn: ProcessWindowFunction<Key, never, unknown> | undefined,
): boolean {
  checkAssigner(assigner)
  const { trigger, evictor, perKeyWatermarks, allowedLateness } = options
  return (
    (trigger ?? assigner.defaultTrigger()) === assigner.defaultTrigger() &&
    evictor === undefined &&
    perKeyWatermarks === undefined &&
    (fn === undefined || isStateless(fn)) &&
    // A lateness by the job's clock is the general operator's to refuse.
    (assigner.domain === 'event-time' || allowedLatenessMs(allowedLateness) === 0)
  )
}

/** Windows of event time that share slices. */
export function isSliced(assigner: WindowAssigner<never>): assigner is SlicedWindows {
  return 'slices' in assigner && assigner.domain === 'event-time' && isOriginal(assigner)
}

/** Sessions of one gap, by event time. */
export function isSession(assigner: WindowAssigner<never>): assigner is SessionWindows {
  return assigner.kind === 'session' && 'gapMs' in assigner && isOriginal(assigner)
}

/** Windows by the job's clock that share slices. */
export function isClockSliced(assigner: WindowAssigner<never>): assigner is ClockSlicedWindows {
  return 'slices' in assigner && assigner.domain === 'processing-time' && isOriginal(assigner)
}

/** What a built-in assigner carries says nothing of a copy, as `{ ...tumblingEventTimeWindows('1m'), assign }` is: that is one's own. */
function isOriginal(assigner: WindowAssigner<never>): boolean {
  return Object.isFrozen(assigner)
}
