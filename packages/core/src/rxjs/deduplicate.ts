import type { MonoTypeOperatorFunction } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import type { Key } from '../elements/key.ts'
import { outputTag } from '../elements/output-tag.ts'
import type { DeduplicateOptions } from '../operators/look-back/deduplicate-plan.ts'
import { type EventTimeOptions, keyedStream } from './keyed-options.ts'
import { handOver, lateTag } from './on-late.ts'
import { runPipeline } from './through.ts'

/** What `deduplicate` asks for, besides what `keyed.deduplicate` does. */
export interface DeduplicateByKeyOptions<T, K extends Key>
  extends Omit<EventTimeOptions<T, K>, 'timestamp'>,
    Omit<DeduplicateOptions<T>, 'duplicateOutput' | 'lateOutput'> {
  /** Event time, ms since 1970 UTC. May be left out where time plays no part: the first by arrival, without `within`. */
  readonly timestamp?: (value: T) => number
  /** Is given each duplicate. In any case they are counted: `duplicates`, see `watch`. */
  readonly onDuplicate?: (value: T) => void
}

/**
 * One of several values of a key: the first, or the last within a time. What `distinct(key)` does with a memory that only grows, and
 * `groupBy` with a timer a group and `take(1)` with one that does not. See `deduplicateOperator`.
 *
 * - `keep: 'first'`: goes out at once; what comes of its key less than `within` later, in event time, is a duplicate. Without
 *   `within` all that come later are, and the key is remembered for good: `distinct`.
 * - `keep: 'last'`: goes out when event time has reached the end of `within`, or when the source completes.
 *
 * @throws CORE_OPTION_INVALID, CORE_WINDOW_INVALID, CORE_DURATION_INVALID; CORE_JOB_INVALID where a timestamp is needed and not given
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { deduplicate } from '@millrace/core/rxjs'
 *
 * const sent = [{ id: 'r1', at: 0 }, { id: 'r2', at: 1_000 }, { id: 'r1', at: 4_000 }, { id: 'r1', at: 10_000 }]
 * const once = from(sent).pipe(
 *   deduplicate({ key: (r) => r.id, timestamp: (r) => r.at, keep: 'first', within: '10s' }),
 *   toArray(),
 * )
 * const times = (await lastValueFrom(once)).map((r) => r.at)
 * times // => [0, 1_000, 10_000]
 * ```
 */
export function deduplicate<T, K extends Key>(options: DeduplicateByKeyOptions<T, K>): MonoTypeOperatorFunction<T> {
  const { onLate, onDuplicate } = options
  const build = (stream: DataStream<T>): DataStream<T> => {
    const duplicateOutput = onDuplicate === undefined ? undefined : outputTag<T>('duplicates')
    const lateOutput = lateTag(onLate)
    const results = keyedStream(stream, options).deduplicate({
      ...options,
      ...(duplicateOutput === undefined ? {} : { duplicateOutput }),
      ...(lateOutput === undefined ? {} : { lateOutput }),
    })
    handOver(results, duplicateOutput, onDuplicate)
    handOver(results, lateOutput, onLate)
    return results
  }
  return runPipeline({ name: 'deduplicate', build }, options)
}
