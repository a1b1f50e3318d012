import type { OperatorFunction } from 'rxjs'
import type { Key } from '../elements/key.ts'
import type { RankedList, Ranking } from '../operators/look-back/top-n.ts'
import type { KeyedOptions } from './keyed-options.ts'
import { runPipeline } from './through.ts'

/**
 * The `n` values of each key that rank first of all so far: `{ key, top }`, whenever they change, before the value's `next` returns.
 * What `groupBy` with a sorted list in a `scan` and `distinctUntilChanged` is written for. A key is kept for as long as the
 * subscription; for the first of each window there is the aggregate `topN`. See `topNOperator`.
 *
 * @throws CORE_OPTION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { topN } from '@millrace/core/rxjs'
 *
 * const scores = from([{ bed: 1, score: 3 }, { bed: 2, score: 7 }, { bed: 3, score: 5 }, { bed: 4, score: 1 }])
 * const first = scores.pipe(topN({ key: () => 'ward', n: 2, by: (s) => s.score }), toArray())
 * const beds = (await lastValueFrom(first)).map(({ top }) => top.map((s) => s.bed))
 * beds // => [[1], [2, 1], [2, 3]]
 * ```
 */
export function topN<T, K extends Key>(
  options: KeyedOptions<T, K> & Omit<Ranking<T>, 'idleAfter'> & { readonly n: number },
): OperatorFunction<T, RankedList<K, T>> {
  const { key, n, by, ascending } = options
  const ranking = { by, ...(ascending === undefined ? {} : { ascending }) }
  return runPipeline<T, RankedList<K, T>>({ name: 'topN', build: (s) => s.keyBy(key).topN(n, ranking) }, options)
}
