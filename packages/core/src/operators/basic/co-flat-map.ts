import { checkFunction } from '../../elements/check-given.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** Any number of results a record of either stream, by a function each, with the record's timestamp. Keeps nothing. */
export function coFlatMapOperator<A, B, First, Second>(
  first: (value: A) => Iterable<First>,
  second: (value: B) => Iterable<Second>,
): OperatorFactory<A, First | Second, B> {
  checkFunction(first, 'the first function of connected streams')
  checkFunction(second, 'the second function of connected streams')
  return {
    kind: 'co-flat-map',
    keyed: false,
    secondInput: 'unkeyed',
    usesTime: false,
    sideOutputs: [],
    create: () => new CoFlatMapOperator<A, B, First | Second>(first, second),
  }
}

class CoFlatMapOperator<A, B, Out> implements Operator<A, Out, B> {
  readonly #first: (value: A) => Iterable<Out>
  readonly #second: (value: B) => Iterable<Out>
  #context!: OperatorContext<Out>

  constructor(first: (value: A) => Iterable<Out>, second: (value: B) => Iterable<Out>) {
    this.#first = first
    this.#second = second
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
  }

  processRecord(value: A, timestamp: number): void {
    this.#context.place.step = this.#context.operatorId
    this.#emitAll(this.#first(value), timestamp)
  }

  processSecondRecord(value: B, timestamp: number): void {
    this.#context.place.step = this.#context.operatorId
    this.#emitAll(this.#second(value), timestamp)
  }

  #emitAll(results: Iterable<Out>, timestamp: number): void {
    const { place, output, operatorId } = this.#context
    for (const result of results) {
      output.emit(result, timestamp)
      // A generator goes on after each of its results: what it throws then is this step's.
      place.step = operatorId
    }
  }
}
