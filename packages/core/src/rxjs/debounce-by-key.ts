import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { Duration } from '../time/duration.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * A key's newest value, once the key has given nothing for `wait`: `debounceTime`, for each key by itself. A value that comes
 * when the wait is just over is a new one. Time is the scheduler's.
 *
 * When the source completes, the values that wait are emitted at once, in the order in which they would have been; an error and
 * unsubscribing drop them. See `debounceOperator`.
 *
 * @throws CORE_DURATION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { debounceByKey } from '@millrace/core/rxjs'
 *
 * const typed = from([{ field: 'name', text: 'A' }, { field: 'name', text: 'Ad' }, { field: 'ward', text: '3' }])
 * const settled = await lastValueFrom(typed.pipe(debounceByKey({ key: (t) => t.field, wait: '300ms' }), toArray()))
 * settled.map((t) => t.text) // => ['Ad', '3']
 * ```
 */
export function debounceByKey<T, K extends Key>(
  options: KeyedOptions<T, K> & { readonly wait: Duration },
): MonoTypeOperatorFunction<T> {
  const { key, wait } = options
  return runPipeline<T, T>({ name: 'debounceByKey', build: (stream) => stream.keyBy(key).debounce(wait) }, options)
}
