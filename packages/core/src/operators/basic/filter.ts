import type { FilterFunction } from '../../functions/rich-function.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { FunctionLife } from './function-life.ts'
import { type RichMethod, richMethod } from './rich-method.ts'

/** Lets the records through for which `predicate` says so. Keeps nothing. */
export function filterOperator<T>(predicate: FilterFunction<T>): OperatorFactory<T, T> {
  const method = richMethod<T, boolean, 'filter'>(predicate, 'filter')
  return {
    kind: 'filter',
    keyed: false,
    usesTime: false,
    sideOutputs: [],
    ...(method.rich === undefined ? { fusable: { kind: 'filter', fn: method.call } } : {}),
    create: () => new FilterOperator(method),
  }
}

class FilterOperator<T> implements Operator<T, T> {
  readonly #predicate: (value: T) => boolean
  readonly #life: FunctionLife<Readonly<Record<never, never>>>
  #context!: OperatorContext<T>

  constructor({ call, rich = {} }: RichMethod<T, boolean>) {
    this.#predicate = call
    this.#life = new FunctionLife(rich)
  }

  open(context: OperatorContext<T>): void {
    this.#context = context
    this.#life.open(context, {})
  }

  processRecord(value: T, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    if (this.#predicate(value)) context.output.emit(value, timestamp)
  }

  close(): void {
    this.#life.close()
  }
}
