import { checkFunction } from '../../elements/check-given.ts'
import type { Key } from '../../elements/key.ts'
import type { Aggregates } from '../../functions/aggregate-function.ts'
import type { CombinedAccumulator } from '../../functions/aggregates/combine-aggregates.ts'
import type { TimestampedElement } from './evictors/evictor.ts'
import { resultMaker, type WindowResult, windowAggregate } from './window-results.ts'

/** How the records of a window become what it keeps, and that what its function is given. */
export interface Gathering<In, Acc, Contents> {
  /** For `explain()`, and part of what a checkpoint is compared with. */
  readonly name: string
  create(): Acc
  /** Changes and returns `accumulator`. */
  add(accumulator: Acc, value: In, timestamp: number): Acc
  /** `other` is of a later window; it is not changed, and no part of it kept. */
  merge(accumulator: Acc, other: Acc): Acc
  /** Shares nothing with the accumulator that is changed later. `undefined` where there is nothing to give. */
  contents(key: Key, start: number, end: number, accumulator: Acc): Contents | undefined
}

/** Aggregates records: `{ key, window, ...results }`. @throws CORE_AGGREGATE_INVALID */
export function aggregating<In, K extends Key, A extends Aggregates<In>>(
  aggregates: A,
): Gathering<In, CombinedAccumulator, WindowResult<K, A>> {
  const aggregate = windowAggregate<In, A>(aggregates)
  return { ...aggregate, contents: resultMaker<In, K, A>(aggregate) }
}

/** Takes records together two by two, in the order of their arrival. */
export function reducing<T>(reduce: (a: T, b: T) => T): Gathering<T, { value?: T }, T> {
  checkFunction(reduce, "a window's reduce", 'CORE_WINDOW_INVALID')
  const add = (accumulator: { value?: T }, value: T): { value?: T } => {
    accumulator.value = 'value' in accumulator ? reduce(accumulator.value as T, value) : value
    return accumulator
  }
  return {
    name: 'reduce',
    create: () => ({}),
    add,
    merge: (accumulator, other) => ('value' in other ? add(accumulator, other.value as T) : accumulator),
    contents: (_key, _start, _end, accumulator) => accumulator.value,
  }
}

/** Keeps the records themselves, in the order of their arrival; of windows that merge, those of the earlier one first. */
export function collecting<T>(): Gathering<T, T[], readonly T[]> {
  return {
    name: 'records',
    create: () => [],
    add(values, value) {
      values.push(value)
      return values
    },
    merge(values, others) {
      for (const other of others) values.push(other)
      return values
    },
    contents: (_key, _start, _end, values) => [...values],
  }
}

/** Keeps the records with their timestamps, for an evictor; `gathering` makes contents of those that it leaves. */
export function keepingElements<In, Acc, Contents>(
  gathering: Gathering<In, Acc, Contents>,
): Gathering<In, TimestampedElement<In>[], Contents> {
  const { add, merge } = collecting<TimestampedElement<In>>()
  return {
    name: gathering.name,
    create: () => [],
    add: (elements, value, timestamp) => add(elements, { value, timestamp }, timestamp),
    merge,
    contents(key, start, end, elements) {
      let accumulator = gathering.create()
      for (const { value, timestamp } of elements) accumulator = gathering.add(accumulator, value, timestamp)
      return gathering.contents(key, start, end, accumulator)
    },
  }
}
