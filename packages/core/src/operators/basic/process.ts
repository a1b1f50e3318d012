import { checkObject } from '../../elements/check-given.ts'
import type { ProcessFunction } from '../../functions/process-function.ts'
import type { OperatorStateDescriptors } from '../../state/descriptors.ts'
import type { OperatorStateOf, StateOf } from '../../state/state.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { declareStates, operatorStatesOf, stateDetail } from './declared-states.ts'
import { FunctionContext } from './function-context.ts'
import { FunctionLife } from './function-life.ts'

/** Runs a process function: any number of results and side outputs a record. Keeps the operator states that it declares. */
export function processOperator<In, Out, D extends OperatorStateDescriptors = OperatorStateDescriptors>(
  fn: ProcessFunction<In, Out, D>,
): OperatorFactory<In, Out> {
  checkObject(fn, 'a process function', ['processRecord'])
  return {
    kind: 'process',
    keyed: false,
    usesTime: true,
    ...stateDetail(fn.state),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new ProcessOperator(fn),
  }
}

class ProcessOperator<In, Out, D extends OperatorStateDescriptors> implements Operator<In, Out> {
  readonly #fn: ProcessFunction<In, Out, D>
  readonly #life: FunctionLife<OperatorStateOf<D>>
  #context!: OperatorContext<Out>
  #functionContext!: FunctionContext<Out, StateOf<D>>

  constructor(fn: ProcessFunction<In, Out, D>) {
    this.#fn = fn
    this.#life = new FunctionLife(fn)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    const states = declareStates(context, this.#fn.state)
    this.#functionContext = new FunctionContext(context, states)
    this.#life.open(context, operatorStatesOf(this.#fn.state, states))
  }

  processRecord(value: In, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timestamp
    this.#fn.processRecord(value, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }

  close(): void {
    this.#life.close()
  }
}
