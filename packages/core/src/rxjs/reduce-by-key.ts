import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * Folds each value into what its key's came to before, and emits that: Flink's `reduce`, which RxJS calls `scan` (without a seed),
 * in each group of a `groupBy`. A key is kept for as long as the subscription; where keys come and go, take windows, or
 * `processByKey` with a state that has a time to live.
 *
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { reduceByKey } from '@millrace/core/rxjs'
 *
 * const given = from([{ bed: 1, ml: 50 }, { bed: 2, ml: 20 }, { bed: 1, ml: 30 }])
 * const add = (a: { bed: number; ml: number }, b: { bed: number; ml: number }) => ({ bed: a.bed, ml: a.ml + b.ml })
 * const totals = await lastValueFrom(given.pipe(reduceByKey({ key: (g) => g.bed, reduce: add }), toArray()))
 * totals.map((t) => t.ml) // => [50, 20, 80]
 * ```
 */
export function reduceByKey<T, K extends Key>(
  options: KeyedOptions<T, K> & { readonly reduce: (held: T, value: T) => T },
): MonoTypeOperatorFunction<T> {
  const { key, reduce } = options
  return runPipeline<T, T>({ name: 'reduceByKey', build: (stream) => stream.keyBy(key).reduce(reduce) }, options)
}
