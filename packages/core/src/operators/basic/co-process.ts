import { checkObject } from '../../elements/check-given.ts'
import type { CoProcessFunction } from '../../functions/co-process-function.ts'
import type { OperatorStateDescriptors } from '../../state/descriptors.ts'
import type { OperatorStateOf, StateOf } from '../../state/state.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { declareStates, operatorStatesOf, stateDetail } from './declared-states.ts'
import { FunctionContext } from './function-context.ts'
import { FunctionLife } from './function-life.ts'

/** Runs a function on two connected streams. Keeps the operator states that it declares. */
export function coProcessOperator<A, B, Out, D extends OperatorStateDescriptors = OperatorStateDescriptors>(
  fn: CoProcessFunction<A, B, Out, D>,
): OperatorFactory<A, Out, B> {
  checkObject(fn, 'a process function', ['processFirst', 'processSecond'])
  return {
    kind: 'co-process',
    keyed: false,
    secondInput: 'unkeyed',
    usesTime: true,
    ...stateDetail(fn.state),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new CoProcessOperator(fn),
  }
}

class CoProcessOperator<A, B, Out, D extends OperatorStateDescriptors> implements Operator<A, Out, B> {
  readonly #fn: CoProcessFunction<A, B, Out, D>
  readonly #life: FunctionLife<OperatorStateOf<D>>
  #context!: OperatorContext<Out>
  #functionContext!: FunctionContext<Out, StateOf<D>>

  constructor(fn: CoProcessFunction<A, B, Out, D>) {
    this.#fn = fn
    this.#life = new FunctionLife(fn)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    const states = declareStates(context, this.#fn.state)
    this.#functionContext = new FunctionContext(context, states)
    this.#life.open(context, operatorStatesOf(this.#fn.state, states))
  }

  processRecord(value: A, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timestamp
    this.#fn.processFirst(value, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }

  processSecondRecord(value: B, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timestamp
    this.#fn.processSecond(value, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }

  close(): void {
    this.#life.close()
  }
}
