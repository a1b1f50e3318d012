import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { Duration } from '../time/duration.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * Each key's newest value every `period`, if there was one since: `sampleTime`, for each key by itself. Periods align to the
 * Unix epoch by the scheduler's clock, so that all keys come at one moment, in the order of their keys. A value that comes just
 * at that moment belongs to the next.
 *
 * When the source completes, the values that wait are emitted at once (`sampleTime` loses them); an error and unsubscribing drop
 * them. See `sampleOperator`.
 *
 * @throws CORE_DURATION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { sampleByKey } from '@millrace/core/rxjs'
 *
 * const readings = from([{ id: 'p2', rate: 60 }, { id: 'p1', rate: 70 }, { id: 'p2', rate: 62 }])
 * const newest = await lastValueFrom(readings.pipe(sampleByKey({ key: (r) => r.id, period: '1m' }), toArray()))
 * newest // => [{ id: 'p1', rate: 70 }, { id: 'p2', rate: 62 }]
 * ```
 */
export function sampleByKey<T, K extends Key>(
  options: KeyedOptions<T, K> & { readonly period: Duration },
): MonoTypeOperatorFunction<T> {
  const { key, period } = options
  return runPipeline<T, T>({ name: 'sampleByKey', build: (stream) => stream.keyBy(key).sample(period) }, options)
}
