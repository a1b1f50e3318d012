import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** One result a record, with the record's timestamp. Keeps nothing. */
export function mapOperator<In, Out>(fn: (value: In) => Out): OperatorFactory<In, Out> {
  return {
    kind: 'map',
    keyed: false,
    usesTime: false,
    sideOutputs: [],
    fusable: { kind: 'map', fn },
    create: () => new MapOperator(fn),
  }
}

class MapOperator<In, Out> implements Operator<In, Out> {
  readonly #fn: (value: In) => Out
  #context!: OperatorContext<Out>

  constructor(fn: (value: In) => Out) {
    this.#fn = fn
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
  }

  processRecord(value: In, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    context.output.emit(this.#fn(value), timestamp)
  }
}
