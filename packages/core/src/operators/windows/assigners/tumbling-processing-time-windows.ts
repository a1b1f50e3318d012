import type { Duration } from '../../../time/duration.ts'
import { processingTimeWindows } from './processing-time-windows.ts'
import { tumblingEventTimeWindows } from './tumbling-event-time-windows.ts'
import type { WindowAssigner } from './window-assigner.ts'
import type { WindowOptions } from './window-size.ts'

/**
 * Assigns each record to one fixed-size window `[start, end)` by what the job's clock shows when it comes. The window fires when the
 * clock has reached its end; nothing is late. In a replay the clock follows the data.
 *
 * @throws CORE_WINDOW_INVALID when the size is not a positive whole number of ms.
 */
export function tumblingProcessingTimeWindows(size: Duration, options: WindowOptions = {}): WindowAssigner<unknown> {
  return processingTimeWindows(tumblingEventTimeWindows(size, options))
}
