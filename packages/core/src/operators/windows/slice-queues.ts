import type { AggregateFunction } from '../../functions/aggregate-function.ts'
import { type CombinedAccumulator, combineAggregates } from '../../functions/aggregates/combine-aggregates.ts'
import { RunningMerge } from './running-merge.ts'
import type { SliceQueue } from './slice-queue.ts'
import { TwoStacks } from './two-stacks.ts'

type Part = AggregateFunction<never, unknown, unknown>

/**
 * How a key's slices are merged as they come and go, chosen for each aggregate: one that can `unmerge` says that its merging takes
 * time by what it holds, and has a running accumulator; the others have two stacks, which lose nothing to rounding.
 */
export function sliceQueues(names: readonly string[], parts: readonly Part[]): () => SliceQueue<CombinedAccumulator> {
  const running = names.flatMap((name, i) => {
    const { create, merge, unmerge } = parts[i] as Part
    return unmerge === undefined ? [] : [{ name, create, merge, unmerge }]
  })
  const stacked = Object.fromEntries(
    names.flatMap((name, i) => ((parts[i] as Part).unmerge === undefined ? [[name, parts[i] as Part] as const] : [])),
  )
  const unmerging = {
    create: () => Object.fromEntries(running.map(({ name, create }) => [name, create()])),
    merge(accumulator: CombinedAccumulator, other: CombinedAccumulator) {
      for (const { name, merge } of running) accumulator[name] = merge(accumulator[name], other[name])
      return accumulator
    },
    unmerge(accumulator: CombinedAccumulator, other: CombinedAccumulator) {
      for (const { name, unmerge } of running) accumulator[name] = unmerge(accumulator[name], other[name])
      return accumulator
    },
  }
  if (running.length === names.length) return () => new RunningMerge(unmerging)
  const merging = combineAggregates<never, typeof stacked>(stacked)
  if (running.length === 0) return () => new TwoStacks(merging)
  return () => new SideBySide(new TwoStacks(merging), new RunningMerge(unmerging))
}

/** Some aggregates in one queue, the others in another. */
class SideBySide implements SliceQueue<CombinedAccumulator> {
  readonly #one: SliceQueue<CombinedAccumulator>
  readonly #other: SliceQueue<CombinedAccumulator>

  constructor(one: SliceQueue<CombinedAccumulator>, other: SliceQueue<CombinedAccumulator>) {
    this.#one = one
    this.#other = other
  }

  get isEmpty(): boolean {
    return this.#one.isEmpty
  }

  push(start: number, slice: CombinedAccumulator): void {
    this.#one.push(start, slice)
    this.#other.push(start, slice)
  }

  evictBefore(oldest: number): void {
    this.#one.evictBefore(oldest)
    this.#other.evictBefore(oldest)
  }

  value(): CombinedAccumulator {
    // The first may be a slice's own accumulator, which has all names: the second's come over them.
    return { ...this.#one.value(), ...this.#other.value() }
  }

  addLate(start: number, slice: CombinedAccumulator, record: CombinedAccumulator): void {
    this.#one.addLate(start, slice, record)
    this.#other.addLate(start, slice, record)
  }
}
