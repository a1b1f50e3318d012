import type { OperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { KeyedProcessFunction } from '../functions/process-function.ts'
import type { Duration } from '../time/duration.ts'
import { type KeyedOptions, keyedStream } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/** What a function may declare as its states. */
type States = NonNullable<KeyedProcessFunction<Key, never, never>['state']>

/** What `processByKey` asks for. */
export interface ProcessByKeyOptions<T, R, K extends Key, D extends States> extends KeyedOptions<T, K> {
  /** What happens to a value, with states and timers of its key. See `keyedProcess`, which types it. */
  readonly process: KeyedProcessFunction<K, T, R, D>
  /** Event time, ms since 1970 UTC: for event-time timers. Without it there is the scheduler's clock only. */
  readonly timestamp?: (value: T) => number
  /** How much later than a newer value one may come before it is late. Default 0. Only with `timestamp`. */
  readonly maxDelay?: Duration
}

/**
 * A function with state and timers for each key: what `groupBy` with `scan` and `timer` in each group is written for. States
 * are freed when the function clears them, not when a group ends.
 *
 * When the source completes, event-time timers fire, and processing-time timers that are due by then. See `through`.
 *
 * @throws CORE_JOB_INVALID, CORE_DURATION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { keyedProcess, valueState } from '@millrace/core'
 * import { processByKey } from '@millrace/core/rxjs'
 *
 * interface Reading { id: string; spo2: number }
 * const drops = keyedProcess<Reading, string>()({
 *   state: { last: valueState<number>() },
 *   processRecord(reading, ctx) {
 *     const last = ctx.state.last.get() ?? reading.spo2
 *     if (last - reading.spo2 >= 5) ctx.emit(`${ctx.key}: ${last} to ${reading.spo2}`)
 *     ctx.state.last.set(reading.spo2)
 *   },
 * })
 * const readings = from([{ id: 'p1', spo2: 97 }, { id: 'p2', spo2: 90 }, { id: 'p1', spo2: 91 }])
 * const found = await lastValueFrom(readings.pipe(processByKey({ key: (r) => r.id, process: drops }), toArray()))
 * found // => ['p1: 97 to 91']
 * ```
 */
export function processByKey<T, R, K extends Key, D extends States>(
  options: ProcessByKeyOptions<T, R, K, D>,
): OperatorFunction<T, R> {
  return runPipeline<T, R>(
    { name: 'processByKey', build: (stream) => keyedStream(stream, options).process(options.process) },
    options,
  )
}
