import type { OperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import { eventTimeSessionWindows } from '../operators/windows/assigners/event-time-session-windows.ts'
import { slidingEventTimeWindows } from '../operators/windows/assigners/sliding-event-time-windows.ts'
import { tumblingEventTimeWindows } from '../operators/windows/assigners/tumbling-event-time-windows.ts'
import type { WindowAssigner } from '../operators/windows/assigners/window-assigner.ts'
import type { WindowResult } from '../operators/windows/window-results.ts'
import type { Duration } from '../time/duration.ts'
import { type GatherOptions, gathered } from './window-by-key.ts'

/** What all windows ask for. */
export interface WindowOptions<T, K extends Key, A extends Aggregates<T>> extends GatherOptions<T, K> {
  readonly aggregate: A
}

/**
 * Windows of a fixed size, one after the other, for each key: emits `{ key, window, ...aggregates }` when the window's end has
 * been passed, and the rest when the source completes. Time is that of the values: a window waits for a later value, or the end,
 * however long that takes. See `tumblingEventTimeWindows`.
 *
 * @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID, CORE_AGGREGATE_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { mean } from '@millrace/core'
 * import { tumblingWindow } from '@millrace/core/rxjs'
 *
 * const readings = [{ id: 'p1', at: 0, rate: 60 }, { id: 'p1', at: 30_000, rate: 80 }, { id: 'p1', at: 61_000, rate: 90 }]
 * const windows = from(readings).pipe(
 *   tumblingWindow({ size: '1m', key: (r) => r.id, timestamp: (r) => r.at, aggregate: { rate: mean((r) => r.rate) } }),
 *   toArray(),
 * )
 * const rates = (await lastValueFrom(windows)).map((w) => w.rate)
 * rates // => [70, 90]
 * ```
 */
export function tumblingWindow<T, K extends Key, A extends Aggregates<T>>(
  options: WindowOptions<T, K, A> & { readonly size: Duration },
): OperatorFunction<T, WindowResult<K, A>> {
  return windowed('tumblingWindow', tumblingEventTimeWindows(options.size), options)
}

/** Windows of a fixed size that start every `slide`, for each key. See `tumblingWindow` and `slidingEventTimeWindows`. */
export function slidingWindow<T, K extends Key, A extends Aggregates<T>>(
  options: WindowOptions<T, K, A> & { readonly size: Duration; readonly slide: Duration },
): OperatorFunction<T, WindowResult<K, A>> {
  return windowed('slidingWindow', slidingEventTimeWindows(options.size, options.slide), options)
}

/** Windows that last until there is nothing of their key for `gap`. See `tumblingWindow` and `eventTimeSessionWindows`. */
export function sessionWindow<T, K extends Key, A extends Aggregates<T>>(
  options: WindowOptions<T, K, A> & { readonly gap: Duration },
): OperatorFunction<T, WindowResult<K, A>> {
  return windowed('sessionWindow', eventTimeSessionWindows(options.gap), options)
}

function windowed<T, K extends Key, A extends Aggregates<T>>(
  name: string,
  window: WindowAssigner<T>,
  options: WindowOptions<T, K, A>,
): OperatorFunction<T, WindowResult<K, A>> {
  return gathered(name, { ...options, window }, (windows) => windows.aggregate(options.aggregate))
}
