import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { ThrottleOptions } from '../operators/basic/throttle.ts'
import type { Duration } from '../time/duration.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * At most one value of a key in each `pause`: `throttleTime`, for each key by itself, with the same `leading` (default true) and
 * `trailing` (default false). A value that comes just at a pause's end is after it. Time is the scheduler's.
 *
 * When the source completes, trailing values that wait are emitted at once (`throttleTime` completes later, at the pause's end);
 * an error and unsubscribing drop them. See `throttleOperator`.
 *
 * @throws CORE_DURATION_INVALID, CORE_OPTION_INVALID where neither `leading` nor `trailing` is true
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { throttleByKey } from '@millrace/core/rxjs'
 *
 * const alarms = from([{ bed: 1, text: 'low' }, { bed: 1, text: 'lower' }, { bed: 2, text: 'low' }])
 * const shown = await lastValueFrom(alarms.pipe(throttleByKey({ key: (a) => a.bed, pause: '10s' }), toArray()))
 * shown // => [{ bed: 1, text: 'low' }, { bed: 2, text: 'low' }]
 * ```
 */
export function throttleByKey<T, K extends Key>(
  options: KeyedOptions<T, K> & ThrottleOptions & { readonly pause: Duration },
): MonoTypeOperatorFunction<T> {
  const { key, pause, leading, trailing } = options
  const which = { ...(leading === undefined ? {} : { leading }), ...(trailing === undefined ? {} : { trailing }) }
  return runPipeline<T, T>({ name: 'throttleByKey', build: (s) => s.keyBy(key).throttle(pause, which) }, options)
}
