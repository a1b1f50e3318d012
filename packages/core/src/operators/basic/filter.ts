import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'

/** Lets the records through for which `predicate` says so. Keeps nothing. */
export function filterOperator<T>(predicate: (value: T) => boolean): OperatorFactory<T, T> {
  return {
    kind: 'filter',
    keyed: false,
    usesTime: false,
    sideOutputs: [],
    fusable: { kind: 'filter', fn: predicate },
    create: () => new FilterOperator(predicate),
  }
}

class FilterOperator<T> implements Operator<T, T> {
  readonly #predicate: (value: T) => boolean
  #context!: OperatorContext<T>

  constructor(predicate: (value: T) => boolean) {
    this.#predicate = predicate
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
  }

  processRecord(value: T, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    if (this.#predicate(value)) context.output.emit(value, timestamp)
  }
}
