import type { StateAggregate } from '../../descriptors.ts'
import type { AggregatingState, ReducingState, ValueState } from '../../state.ts'
import type { StateClock } from '../../state-clock.ts'

/** A reducing state over the cells of a value state. */
export class ReducingCells<T> implements ReducingState<T> {
  readonly #cells: ValueState<T>
  readonly #reduce: (held: T, value: T) => T

  constructor(cells: ValueState<T>, reduce: (held: T, value: T) => T) {
    this.#cells = cells
    this.#reduce = reduce
  }

  get(): T | undefined {
    return this.#cells.get()
  }

  add(value: T): void {
    const held = this.#cells.get()
    this.#cells.set(held === undefined ? value : this.#reduce(held, value))
  }

  clear(): void {
    this.#cells.clear()
  }
}

/** An aggregating state over the cells of a value state, which hold accumulators: the state's own, changed in place. */
export class AggregatingCells<In, Acc, Out> implements AggregatingState<In, Out> {
  readonly #cells: ValueState<Acc>
  readonly #aggregate: StateAggregate<In, Acc, Out>
  readonly #clock: StateClock

  constructor(cells: ValueState<Acc>, aggregate: StateAggregate<In, Acc, Out>, clock: StateClock) {
    this.#cells = cells
    this.#aggregate = aggregate
    this.#clock = clock
  }

  get(): Out | undefined {
    const accumulator = this.#cells.get()
    return accumulator === undefined ? undefined : this.#aggregate.result(accumulator)
  }

  add(value: In): void {
    const accumulator = this.#cells.get() ?? this.#aggregate.create()
    this.#cells.set(this.#aggregate.add(accumulator, value, this.#clock.timestamp))
  }

  clear(): void {
    this.#cells.clear()
  }
}
