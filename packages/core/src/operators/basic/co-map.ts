import { checkFunction } from '../../elements/check-given.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** One result a record of either stream, by a function each, with the record's timestamp. Keeps nothing. */
export function coMapOperator<A, B, First, Second>(
  first: (value: A) => First,
  second: (value: B) => Second,
): OperatorFactory<A, First | Second, B> {
  checkFunction(first, 'the first function of connected streams')
  checkFunction(second, 'the second function of connected streams')
  return {
    kind: 'co-map',
    keyed: false,
    secondInput: 'unkeyed',
    usesTime: false,
    sideOutputs: [],
    create: () => new CoMapOperator<A, B, First | Second>(first, second),
  }
}

class CoMapOperator<A, B, Out> implements Operator<A, Out, B> {
  readonly #first: (value: A) => Out
  readonly #second: (value: B) => Out
  #context!: OperatorContext<Out>

  constructor(first: (value: A) => Out, second: (value: B) => Out) {
    this.#first = first
    this.#second = second
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
  }

  processRecord(value: A, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    context.output.emit(this.#first(value), timestamp)
  }

  processSecondRecord(value: B, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    context.output.emit(this.#second(value), timestamp)
  }
}
