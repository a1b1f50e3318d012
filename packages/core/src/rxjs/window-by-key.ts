import type { OperatorFunction } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import type { WindowedStream } from '../api/windowed-stream.ts'
import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import type { WindowAssigner } from '../operators/windows/assigners/window-assigner.ts'
import type { Evictor } from '../operators/windows/evictors/evictor.ts'
import type { Trigger } from '../operators/windows/triggers/trigger.ts'
import type { WindowFunction } from '../operators/windows/window-function.ts'
import type { WindowResult } from '../operators/windows/window-results.ts'
import type { Duration } from '../time/duration.ts'
import { type EventTimeOptions, keyedStream } from './keyed-options.ts'
import { handOver, lateTag } from './on-late.ts'
import { runPipeline } from './through.ts'

/** What all windows ask for but what is made of them. */
export interface GatherOptions<T, K extends Key> extends EventTimeOptions<T, K> {
  /** How long a window is kept after it was emitted; a late value within that emits it again. Default 0. */
  readonly allowedLateness?: Duration
  /** When windows are emitted, instead of when their kind says: every so many values, or as a preview. See `Trigger`. */
  readonly trigger?: Trigger<NoInfer<T>>
  /** What is taken out of windows before they are emitted. Each window then keeps all of its values. See `Evictor`. */
  readonly evictor?: Evictor<NoInfer<T>> | Evictor<unknown>
}

/** The same for windows of any kind, of which some go by the scheduler's clock and need no timestamp. */
export interface WindowByKeyOptions<T, K extends Key> extends Omit<GatherOptions<T, K>, 'timestamp'> {
  readonly window: WindowAssigner<NoInfer<T>>
  /** Event time, ms since 1970 UTC. Windows of the scheduler's time can do without. */
  readonly timestamp?: (value: T) => number
}

/**
 * Windows of any kind for each key, aggregated: `{ key, window, ...aggregates }`. `window` is what a job gives to `window`: calendar
 * days in a time zone, windows that grow within a day, sessions whose gap each value tells, windows of the scheduler's time. See
 * `tumblingWindow` for the common kinds.
 *
 * @throws CORE_JOB_INVALID where a timestamp is needed and not given, CORE_WINDOW_INVALID, CORE_DURATION_INVALID,
 *   CORE_AGGREGATE_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { calendarWindows, sum } from '@millrace/core'
 * import { windowByKey } from '@millrace/core/rxjs'
 *
 * const given = [{ bed: 1, at: Date.UTC(2026, 6, 1, 21), ml: 50 }, { bed: 1, at: Date.UTC(2026, 6, 1, 23), ml: 20 }]
 * const days = from(given).pipe(
 *   windowByKey({
 *     key: (g) => g.bed,
 *     timestamp: (g) => g.at,
 *     window: calendarWindows('day', { timeZone: 'Europe/Berlin' }),
 *     aggregate: { ml: sum((g) => g.ml) },
 *   }),
 *   toArray(),
 * )
 * const totals = (await lastValueFrom(days)).map((day) => day.ml)
 * totals // => [50, 20]
 * ```
 */
export function windowByKey<T, K extends Key, A extends Aggregates<T>>(
  options: WindowByKeyOptions<T, K> & { readonly aggregate: A },
): OperatorFunction<T, WindowResult<K, A>> {
  return gathered('windowByKey', options, (windows) => windows.aggregate(options.aggregate))
}

/**
 * The same, where a function makes what it wants of all values of a window: each window keeps them until it is emitted. See
 * `ProcessWindowFunction`.
 *
 * @throws CORE_JOB_INVALID where a timestamp is needed and not given, CORE_WINDOW_INVALID, CORE_DURATION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { eventTimeSessionWindows } from '@millrace/core'
 * import { processWindowByKey } from '@millrace/core/rxjs'
 *
 * const readings = from([{ id: 'p1', at: 0 }, { id: 'p1', at: 5_000 }, { id: 'p1', at: 60_000 }])
 * const spells = readings.pipe(
 *   processWindowByKey({
 *     key: (r) => r.id,
 *     timestamp: (r) => r.at,
 *     window: eventTimeSessionWindows('30s'),
 *     process: (values, ctx) => `${ctx.key}: ${values.length} from ${ctx.window.start}`,
 *   }),
 *   toArray(),
 * )
 * const told = await lastValueFrom(spells)
 * told // => ['p1: 2 from 0', 'p1: 1 from 60000']
 * ```
 */
export function processWindowByKey<T, K extends Key, R>(
  options: WindowByKeyOptions<T, K> & { readonly process: WindowFunction<K, readonly T[], R> },
): OperatorFunction<T, R> {
  return gathered('processWindowByKey', options, (windows) => windows.process(options.process))
}

/** The operator that gathers values in windows and makes results of them. */
export function gathered<T, K extends Key, R>(
  name: string,
  options: WindowByKeyOptions<T, K>,
  results: (windows: WindowedStream<T, K>) => DataStream<R>,
): OperatorFunction<T, R> {
  const build = (stream: DataStream<T>): DataStream<R> => {
    const late = lateTag(options.onLate)
    const found = results(windowsOf(stream, options, late))
    handOver(found, late, options.onLate)
    return found
  }
  return runPipeline({ name, build }, options)
}

function windowsOf<T, K extends Key>(
  stream: DataStream<T>,
  options: WindowByKeyOptions<T, K>,
  late: OutputTag<T> | undefined,
): WindowedStream<T, K> {
  const { window, allowedLateness, trigger, evictor } = options
  let windows = keyedStream(stream, options).window(window)
  if (allowedLateness !== undefined) windows = windows.allowedLateness(allowedLateness)
  if (trigger !== undefined) windows = windows.trigger(trigger)
  // It gives back some of what it was given, whatever it knows of that.
  if (evictor !== undefined) windows = windows.evictor(evictor as Evictor<T>)
  return late === undefined ? windows : windows.sideOutputLateData(late)
}
