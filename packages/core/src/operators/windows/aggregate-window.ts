import type { Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { OperatorFactory } from '../operator.ts'
import type { SessionWindows } from './assigners/event-time-session-windows.ts'
import type { SlicedWindows } from './assigners/slice-scheme.ts'
import type { LateOptions } from './late-records.ts'
import { sessionWindow } from './session-window.ts'
import { sliceWindow } from './slice-window.ts'
import type { WindowResult } from './window-results.ts'

/** What a keyed stream can be cut into: made by `tumblingEventTimeWindows`, `slidingEventTimeWindows` and the like. */
export type WindowAssigner = SlicedWindows | SessionWindows

/** The operator that aggregates the windows of this kind. @throws CORE_AGGREGATE_INVALID, CORE_WINDOW_INVALID */
export function aggregateWindow<In, K extends Key, A extends Aggregates<In>>(
  windows: WindowAssigner,
  aggregates: A,
  options: LateOptions<In> = {},
): OperatorFactory<In, WindowResult<K, A>> {
  return windows.kind === 'session'
    ? sessionWindow(windows, aggregates, options)
    : sliceWindow(windows, aggregates, options)
}
