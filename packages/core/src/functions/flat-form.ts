/**
 * An accumulator as a few doubles in a row of a larger array, in place of an object: `width` cells from index `at`. Optional
 * (`AggregateFunction.flat`); the results are the same, bit for bit, as those of the object form.
 *
 * Windows of slices (tumbling, sliding, cumulative) use it where all of their aggregates have it: a key then takes its cells and
 * no object, and the collector has nothing to follow.
 */
export interface FlatForm<In, Acc, Out> {
  /** How many doubles it takes. */
  readonly width: number
  /** Written beside the cells in a snapshot: another number says that they mean something else. */
  readonly version: number
  /** Makes cells an accumulator of nothing; they are zero before. */
  create(cells: Float64Array, at: number): void
  add(cells: Float64Array, at: number, value: In, timestamp: number): void
  /** Merges another row into this one, as the object form does. `others` may be the same array; its row is not changed. */
  merge(cells: Float64Array, at: number, others: Float64Array, from: number): void
  result(cells: Float64Array, at: number): Out
  /** Turns an accumulator of the object form into cells, such as one that an older snapshot holds. */
  write(cells: Float64Array, at: number, accumulator: Acc): void
}
