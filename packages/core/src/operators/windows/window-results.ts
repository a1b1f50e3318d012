import { generatedFunction } from '../../collections/generated-function.ts'
import type { Key } from '../../elements/key.ts'
import type { TimeWindow } from '../../elements/time-window.ts'
import { MillraceError } from '../../errors.ts'
import type { AggregateResults, Aggregates } from '../../functions/aggregate-function.ts'
import {
  type CombinedAccumulator,
  type CombinedAggregate,
  combineAggregates,
  partValues,
} from '../../functions/aggregates/combine-aggregates.ts'
import type { CombinedFlat } from '../../functions/aggregates/combine-flat.ts'

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

/** Makes a window's result from cells. */
export type MakeFlatResult<K extends Key, A extends Aggregates<never>> = (
  key: Key,
  start: number,
  end: number,
  cells: Float64Array,
  at: number,
) => WindowResult<K, A>

/** Makes a window's result. */
export type MakeResult<K extends Key, A extends Aggregates<never>> = (
  key: Key,
  start: number,
  end: number,
  accumulator: CombinedAccumulator,
) => WindowResult<K, A>

/** How the results of a window are made: one object of one shape, `key` and `window` first. */
export function resultMaker<In, K extends Key, A extends Aggregates<In>>({
  names,
  parts,
}: CombinedAggregate<In, A>): MakeResult<K, A> {
  const fields = names.map((name) => JSON.stringify(name))
  return generatedFunction<MakeResult<K, A>>(
    `(key, start, end, a) => ({
      key,
      window: { start, end },
      ${fields.map((field, i) => `${field}: part${i}.result(a[${field}])`).join(',\n')}
    })`,
    partValues(parts),
    (key, start, end, accumulator) =>
      ({
        key,
        window: { start, end },
        ...Object.fromEntries(names.map((name, i) => [name, parts[i]?.result(accumulator[name])])),
      }) as WindowResult<K, A>,
  )
}

/** As `resultMaker`, for accumulators in cells. */
export function flatResultMaker<In, K extends Key, A extends Aggregates<In>>(
  names: readonly string[],
  { parts, offsets }: CombinedFlat<In>,
): MakeFlatResult<K, A> {
  return generatedFunction<MakeFlatResult<K, A>>(
    `(key, start, end, cells, at) => ({
      key,
      window: { start, end },
      ${names.map((name, i) => `${JSON.stringify(name)}: part${i}.result(cells, at + ${offsets[i]})`).join(',\n')}
    })`,
    partValues(parts),
    (key, start, end, cells, at) =>
      ({
        key,
        window: { start, end },
        ...Object.fromEntries(names.map((name, i) => [name, parts[i]?.result(cells, at + (offsets[i] as number))])),
      }) as WindowResult<K, A>,
  )
}
