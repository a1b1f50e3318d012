import type { FlatMapFunction } from '../../functions/rich-function.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { FunctionLife } from './function-life.ts'
import { type RichMethod, richMethod } from './rich-method.ts'

/** Any number of results a record, each with the record's timestamp. Keeps nothing. */
export function flatMapOperator<In, Out>(fn: FlatMapFunction<In, Out>): OperatorFactory<In, Out> {
  const method = richMethod<In, Iterable<Out>, 'flatMap'>(fn, 'flatMap')
  return { kind: 'flat-map', keyed: false, usesTime: false, sideOutputs: [], create: () => new FlatMapOperator(method) }
}

class FlatMapOperator<In, Out> implements Operator<In, Out> {
  readonly #fn: (value: In) => Iterable<Out>
  readonly #life: FunctionLife<Readonly<Record<never, never>>>
  #context!: OperatorContext<Out>

  constructor({ call, rich = {} }: RichMethod<In, Iterable<Out>>) {
    this.#fn = call
    this.#life = new FunctionLife(rich)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#life.open(context, {})
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

  close(): void {
    this.#life.close()
  }
}
