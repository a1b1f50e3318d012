import type { Key } from '../../elements/key.ts'
import type { TimeWindow } from '../../elements/time-window.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import { type CombinedAggregate, combineAggregates } from '../../functions/aggregates/combine-aggregates.ts'

/** What a window emits for each key that has a record in it; a fresh object each time. */
export type WindowResult<K extends Key, A extends Aggregates<never>> = {
  readonly [Name in 'key' | 'window' | keyof A]: Name extends 'key'
    ? K
    : Name extends 'window'
      ? TimeWindow
      : Name extends keyof A
        ? AggregateResults<A>[Name]
        : never
}

/** The aggregates of a window as one. @throws CORE_AGGREGATE_INVALID also where one is called `key` or `window`. */
export function windowAggregate<In, A extends Aggregates<In>>(aggregates: A): CombinedAggregate<In, A> {
  const combined = combineAggregates<In, A>(aggregates)
  const taken = combined.names.find((name) => name === 'key' || name === 'window')
  if (taken === undefined) return combined
  throw new MillraceError(
    'CORE_AGGREGATE_INVALID',
    `an aggregate was called '${taken}', which is a field of each window's result`,
  )
}

export function windowResult<In, K extends Key, A extends Aggregates<In>>(
  key: Key,
  start: number,
  end: number,
  aggregate: CombinedAggregate<In, A>,
  accumulator: readonly unknown[],
): WindowResult<K, A> {
  const result: Record<string, unknown> = { key, window: { start, end } }
  aggregate.writeResults(accumulator, result)
  return result as WindowResult<K, A>
}
