import type { OperatorFunction } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import type { Key } from '../elements/key.ts'
import type { Aggregates } from '../functions/aggregate-function.ts'
import type { LookBack, OverOptions } from '../operators/look-back/look-back.ts'
import type { OverResult } from '../operators/look-back/over-aggregate.ts'
import { type EventTimeOptions, keyedStream } from './keyed-options.ts'
import { handOver, lateTag } from './on-late.ts'
import { runPipeline } from './through.ts'

/** What `over` asks for: how far back, and what of. */
export interface OverByKeyOptions<T, K extends Key, A extends Aggregates<T>>
  extends EventTimeOptions<T, K>,
    LookBack,
    OverOptions {
  readonly aggregate: A
}

/**
 * Each value with aggregates over the last of its key, itself included: `{ value, ...aggregates }`. What `groupBy` with a buffer in
 * a `scan` is written for. Its cost does not grow with how much is looked back over, but for `order: 'arrival'` with `last`: there a
 * value that is out of order costs as much as its key has rows.
 *
 * By default in event time: a value waits until one that is newer by more than `maxDelay` comes, or the end, and values of one
 * key and time count for each other. With `order: 'arrival'` it goes out at once, over what has come before it. See
 * `overOperator`.
 *
 * @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID, CORE_OPTION_INVALID, CORE_AGGREGATE_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { mean } from '@millrace/core'
 * import { over } from '@millrace/core/rxjs'
 *
 * const readings = [{ id: 'p1', at: 0, rate: 60 }, { id: 'p1', at: 200_000, rate: 80 }, { id: 'p1', at: 400_000, rate: 90 }]
 * const means = from(readings).pipe(
 *   over({ key: (r) => r.id, timestamp: (r) => r.at, last: '5m', aggregate: { rate: mean((r) => r.rate) } }),
 *   toArray(),
 * )
 * const rates = (await lastValueFrom(means)).map((r) => r.rate)
 * rates // => [60, 70, 85]
 * ```
 */
export function over<T, K extends Key, A extends Aggregates<T>>(
  options: OverByKeyOptions<T, K, A>,
): OperatorFunction<T, OverResult<T, A>> {
  const { last, rows, order, idleAfter, onLate, aggregate } = options
  const lookBack = { ...(last === undefined ? {} : { last }), ...(rows === undefined ? {} : { rows }) }
  const build = (stream: DataStream<T>): DataStream<OverResult<T, A>> => {
    const late = lateTag(onLate)
    const looking = keyedStream(stream, options).over(lookBack, {
      ...(order === undefined ? {} : { order }),
      ...(idleAfter === undefined ? {} : { idleAfter }),
    })
    const results = (late === undefined ? looking : looking.sideOutputLateData(late)).aggregate(aggregate)
    handOver(results, late, onLate)
    return results
  }
  return runPipeline({ name: 'over', build }, options)
}
