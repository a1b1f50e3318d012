import type { OperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import type { CountWindowResult } from '../operators/windows/count-window.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * Windows of so many values of a key, in the order in which they come, aggregated: `{ key, ...aggregates }`. What `groupBy` with
 * `bufferCount` in each group is written for; with `slide`, the last `size` each time that there were so many more (from the
 * first on: `bufferCount(size, slide)` waits until it has `size`). What is left when the source completes gives nothing; what is
 * left of a key is kept for as long as the subscription. See `countWindowOperator`.
 *
 * @throws CORE_WINDOW_INVALID, CORE_AGGREGATE_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { mean } from '@millrace/core'
 * import { countWindow } from '@millrace/core/rxjs'
 *
 * const rates = from([60, 70, 80, 100, 90].map((rate) => ({ id: 'p1', rate })))
 * const pairs = rates.pipe(countWindow({ key: (r) => r.id, size: 2, aggregate: { rate: mean((r) => r.rate) } }), toArray())
 * const means = (await lastValueFrom(pairs)).map((pair) => pair.rate)
 * means // => [65, 90]
 * ```
 */
export function countWindow<T, K extends Key, A extends Aggregates<T>>(
  options: KeyedOptions<T, K> & { readonly size: number; readonly slide?: number; readonly aggregate: A },
): OperatorFunction<T, CountWindowResult<K, A>> {
  const { key, size, slide, aggregate } = options
  return runPipeline<T, CountWindowResult<K, A>>(
    { name: 'countWindow', build: (stream) => stream.keyBy(key).countWindow(size, slide).aggregate(aggregate) },
    options,
  )
}
