import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import type { AggregateFunction } from '../src/functions/aggregate-function.ts'

/** A value on its way into an aggregate, with its time. */
export interface Timed<T> {
  readonly value: T
  readonly timestamp: number
}

/** An accumulator as a snapshot has it: written and read back. */
export function written<Acc>(accumulator: Acc): Acc {
  return deserialize(serialize(accumulator)) as Acc
}

/** Adds the values in their order, cut into runs before each of `cuts`, and merges the runs. */
export function gather<In, Acc, Out>(
  aggregate: AggregateFunction<In, Acc, Out>,
  arrived: readonly Timed<In>[],
  cuts: readonly number[] = [],
): Out {
  const runs: Acc[] = [aggregate.create()]
  arrived.forEach(({ value, timestamp }, i) => {
    if (cuts.includes(i)) runs.push(aggregate.create())
    runs[runs.length - 1] = aggregate.add(runs.at(-1) as Acc, value, timestamp)
  })
  let merged = aggregate.merge(aggregate.create(), runs[0] as Acc)
  for (const run of runs.slice(1)) {
    const before = written(run)
    merged = aggregate.merge(written(merged), run)
    if (!isDeepStrictEqual(run, before)) throw new Error('merge has changed the other accumulator')
    // What the other becomes later is no business of the merged one.
    for (const { value, timestamp } of arrived) aggregate.add(run, value, timestamp)
  }
  const before = written(merged)
  aggregate.result(merged)
  if (!isDeepStrictEqual(merged, before)) throw new Error('result has changed the accumulator')
  return aggregate.result(merged)
}

/** Adds values as they come, and takes each back out when `size` newer ones are in: a window of rows that slides. */
export function slide<In, Acc, Out>(
  aggregate: AggregateFunction<In, Acc, Out>,
  arrived: readonly Timed<In>[],
  size: number,
): Out[] {
  const { retract } = aggregate
  if (retract === undefined) throw new Error(`${aggregate.name} cannot take values back`)
  let accumulator = aggregate.create()
  return arrived.map(({ value, timestamp }, i) => {
    accumulator = aggregate.add(accumulator, value, timestamp)
    if (i >= size) accumulator = retract(accumulator, (arrived[i - size] as Timed<In>).value)
    accumulator = written(accumulator)
    return aggregate.result(accumulator)
  })
}

/** Values in the order of their arrival, the same in another order, and two ways to cut them into runs. */
export function arrivals<T>(value: fc.Arbitrary<T>): fc.Arbitrary<{
  readonly arrived: Timed<T>[]
  readonly shuffled: Timed<T>[]
  readonly cuts: number[]
  readonly otherCuts: number[]
}> {
  const timestamp = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -4, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: -8.64e15, max: 8.64e15 }) },
  )
  const timed = fc.array(fc.record({ value, timestamp }), { maxLength: 30 })
  const cuts = fc.array(fc.nat(30), { maxLength: 4 })
  return timed.chain((arrived) =>
    fc.record({
      arrived: fc.constant(arrived),
      shuffled: fc.shuffledSubarray(arrived, { minLength: arrived.length }),
      cuts,
      otherCuts: cuts,
    }),
  )
}

/** What a selector may give: mostly doubles of one kind, some of them twice, and what is no value. */
export function numbersAndGaps(number: fc.Arbitrary<number>): fc.Arbitrary<number | null | undefined> {
  return fc.oneof(
    { weight: 6, arbitrary: number },
    { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, Number.NaN, -0) },
  )
}

/** The values that count. */
export function present<T>(arrived: readonly Timed<T | null | undefined>[]): T[] {
  return arrived
    .map(({ value }) => value)
    .filter((value): value is T => value !== null && value !== undefined && !Number.isNaN(value))
}
