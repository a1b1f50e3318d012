import type { OperatorMetrics } from '../metrics/operator-metrics.ts'

/** What a function is told before its first record. */
export interface OpenContext<S = Readonly<Record<never, never>>> {
  /** Stable across restarts: the step's id. */
  readonly operatorId: string
  readonly metrics: OperatorMetrics
  /** True where the job's clock is driven by the data. */
  readonly isReplay: boolean
  /** The declared states of the step itself, as the checkpoint left them. Those of keys have to wait for a key. */
  readonly state: S
}

/**
 * What every function of a user's may have besides its work. Neither may wait.
 *
 * `open` comes before anything else, in every attempt: after a restart the function is opened again. `close` comes last, once
 * for each `open`, also after a failure and where `open` threw; it frees what `open` took. What changes from record to record is
 * still declared state: a field that `open` sets is lost with the attempt.
 */
export interface RichFunction<S = Readonly<Record<never, never>>> {
  open?(ctx: OpenContext<S>): void
  close?(): void
}

/** One result a record: a function, or an object with a life of its own. */
export type MapFunction<In, Out> = ((value: In) => Out) | RichMapFunction<In, Out>

/** A map as an object, with `open` and `close`. It keeps nothing from record to record. */
export interface RichMapFunction<In, Out> extends RichFunction {
  map(value: In): Out
}

/** Which records go on. */
export type FilterFunction<T> = ((value: T) => boolean) | RichFilterFunction<T>

/** A predicate as an object, with `open` and `close`. It keeps nothing from record to record. */
export interface RichFilterFunction<T> extends RichFunction {
  filter(value: T): boolean
}

/** Any number of results a record. */
export type FlatMapFunction<In, Out> = ((value: In) => Iterable<Out>) | RichFlatMapFunction<In, Out>

/** A flat map as an object, with `open` and `close`. It keeps nothing from record to record. */
export interface RichFlatMapFunction<In, Out> extends RichFunction {
  flatMap(value: In): Iterable<Out>
}
