import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** Any number of results a record, each with the record's timestamp. Keeps nothing. */
export function flatMapOperator<In, Out>(fn: (value: In) => Iterable<Out>): OperatorFactory<In, Out> {
  return { kind: 'flat-map', keyed: false, usesTime: false, sideOutputs: [], create: () => new FlatMapOperator(fn) }
}

class FlatMapOperator<In, Out> implements Operator<In, Out> {
  readonly #fn: (value: In) => Iterable<Out>
  #context!: OperatorContext<Out>

  constructor(fn: (value: In) => Iterable<Out>) {
    this.#fn = fn
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
  }

  processRecord(value: In, timestamp: number): void {
    const { place, output, operatorId } = this.#context
    place.step = operatorId
    for (const result of this.#fn(value)) {
      output.emit(result, timestamp)
      // A generator goes on after each of its results: what it throws then is this step's.
      place.step = operatorId
    }
  }
}
