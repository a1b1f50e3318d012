import type { FlatForm } from './flat-form.ts'

/**
 * How values are gathered into one: data with five functions, so that the same aggregate can be merged across slices and
 * sessions, taken back out of a window, and translated to SQL.
 *
 * An accumulator is plain data (it is written in snapshots) and belongs to the engine: `add` and `merge` may change and
 * return their first argument. For the same values, whatever the order of adding and merging, `result` is the same
 * (`sum`, `mean` and `variance` to the last bit but one: they keep double-double sums; `first`, `last` and `collect` show
 * arrival where times are equal, and are merged in the order of their slices).
 *
 * Those of this package are `count`, `sum`, `mean`, `min`, `max`, `quantile` and more; one of your own is such an object.
 *
 * @example
 * ```ts
 * import { type AggregateFunction, createEnvironment, monotonousTimestamps, tumblingEventTimeWindows } from '@millrace/core'
 *
 * interface Reading {
 *   readonly bed: string
 *   readonly time: number
 *   readonly rate: number
 * }
 *
 * // From the lowest rate to the highest; undefined where there was none.
 * const range: AggregateFunction<Reading, { low: number; high: number }, number | undefined> = {
 *   name: 'range',
 *   create: () => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }),
 *   add: ({ low, high }, { rate }) => ({ low: Math.min(low, rate), high: Math.max(high, rate) }),
 *   merge: (a, b) => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }),
 *   result: ({ low, high }) => (low > high ? undefined : high - low),
 * }
 *
 * const windows = await createEnvironment()
 *   .fromArray<Reading>([
 *     { bed: 'a', time: 0, rate: 80 },
 *     { bed: 'a', time: 1_000, rate: 95 },
 *   ])
 *   .assignTimestamps((r) => r.time, monotonousTimestamps())
 *   .keyBy((r) => r.bed)
 *   .window(tumblingEventTimeWindows('1m'))
 *   .aggregate({ range })
 *   .executeAndCollect()
 *
 * windows[0] // => { key: 'a', window: { start: 0, end: 60_000 }, range: 15 }
 * ```
 */
export interface AggregateFunction<In, Acc, Out> {
  /** What it is, for `explain()` and translation: `mean`, `count`. */
  readonly name: string
  create(): Acc
  add(accumulator: Acc, value: In, timestamp: number): Acc
  /**
   * `other` came from later slices. It may be merged elsewhere too: it must not be changed, and no part of it kept in
   * `accumulator`.
   */
  merge(accumulator: Acc, other: Acc): Acc
  /** Does not change the accumulator: more may be added after it. */
  result(accumulator: Acc): Out
  /** The same in a few doubles, where that is possible. */
  readonly flat?: FlatForm<In, Acc, Out>
  /**
   * Takes back all that `merge` brought from `other`, exactly. For aggregates whose merging takes time by what the accumulators hold
   * (sets, counts by value): windows that share slices then keep one accumulator for the whole window. Where merging is a
   * few steps, leave it out: they keep two stacks, in which nothing is taken back.
   */
  unmerge?(accumulator: Acc, other: Acc): Acc
  /** Takes a value back out, where that is possible. */
  retract?(accumulator: Acc, value: In): Acc
  /**
   * What was taken back leaves no trace, as if it had never been added: true of counts, false of rounded sums. A look-back
   * retracts only where it is true.
   */
  readonly retractsExactly?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: accumulators and results differ from one entry to the next
type AnyAggregate<In> = AggregateFunction<In, any, any>

/** Several aggregates under names: `{ heartRate: mean(...), readings: count() }`. */
export type Aggregates<In> = Readonly<Record<string, AnyAggregate<In>>>

/** The results of several aggregates, under the same names. */
export type AggregateResults<A extends Aggregates<never>> = {
  readonly [Name in keyof A]: A[Name] extends AggregateFunction<never, infer _Acc, infer Out> ? Out : never
}
