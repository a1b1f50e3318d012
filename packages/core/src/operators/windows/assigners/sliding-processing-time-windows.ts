import type { Duration } from '../../../time/duration.ts'
import { processingTimeWindows } from './processing-time-windows.ts'
import { slidingEventTimeWindows } from './sliding-event-time-windows.ts'
import type { WindowAssigner } from './window-assigner.ts'
import type { WindowOptions } from './window-size.ts'

/**
 * Assigns each record to every window of a fixed size that holds what the job's clock shows when it comes; one starts each `slide`.
 * See `tumblingProcessingTimeWindows`. They share slices, as those of event time do: the cost of a record does not grow with size / slide.
 *
 * @throws CORE_WINDOW_INVALID unless size and slide are positive whole numbers of ms, the slide at most the size.
 */
export function slidingProcessingTimeWindows(
  size: Duration,
  slide: Duration,
  options: WindowOptions = {},
): WindowAssigner<unknown> {
  return processingTimeWindows(slidingEventTimeWindows(size, slide, options))
}
