import type { MapFunction } from '../../functions/rich-function.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { FunctionLife } from './function-life.ts'
import { type RichMethod, richMethod } from './rich-method.ts'

/** One result a record, with the record's timestamp. Keeps nothing. */
export function mapOperator<In, Out>(fn: MapFunction<In, Out>): OperatorFactory<In, Out> {
  const method = richMethod<In, Out, 'map'>(fn, 'map')
  return {
    kind: 'map',
    keyed: false,
    usesTime: false,
    sideOutputs: [],
    ...(method.rich === undefined ? { fusable: { kind: 'map', fn: method.call } } : {}),
    create: () => new MapOperator(method),
  }
}

class MapOperator<In, Out> implements Operator<In, Out> {
  readonly #fn: (value: In) => Out
  readonly #life: FunctionLife<Readonly<Record<never, never>>>
  #context!: OperatorContext<Out>

  constructor({ call, rich = {} }: RichMethod<In, Out>) {
    this.#fn = call
    this.#life = new FunctionLife(rich)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#life.open(context, {})
  }

  processRecord(value: In, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    context.output.emit(this.#fn(value), timestamp)
  }

  close(): void {
    this.#life.close()
  }
}
