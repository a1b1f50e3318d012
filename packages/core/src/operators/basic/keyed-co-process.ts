import { checkObject } from '../../elements/check-given.ts'
import type { Key } from '../../elements/key.ts'
import type { KeyedCoProcessFunction } from '../../functions/co-process-function.ts'
import type { StateDescriptors } from '../../state/descriptors.ts'
import type { OperatorStateOf, StateOf } from '../../state/state.ts'
import type { FiredTimer } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { declareStates, hasEventTimeTtl, operatorStatesOf, stateDetail } from './declared-states.ts'
import { KeyedFunctionContext } from './function-context.ts'
import { FunctionLife } from './function-life.ts'

/**
 * Runs a function on two connected keyed streams. Keeps the states that it declares and its timers, for each key, until it clears
 * them.
 */
export function keyedCoProcessOperator<K extends Key, A, B, Out, D extends StateDescriptors>(
  fn: KeyedCoProcessFunction<K, A, B, Out, D>,
): OperatorFactory<A, Out, B> {
  checkObject(fn, 'a process function', ['processFirst', 'processSecond'])
  return {
    kind: 'keyed-co-process',
    keyed: true,
    secondInput: 'keyed',
    usesTime: true,
    ...(hasEventTimeTtl(fn.state) ? { needsTimestamps: true } : {}),
    ...stateDetail(fn.state),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new KeyedCoProcessOperator(fn),
  }
}

class KeyedCoProcessOperator<K extends Key, A, B, Out, D extends StateDescriptors> implements Operator<A, Out, B> {
  readonly #fn: KeyedCoProcessFunction<K, A, B, Out, D>
  readonly #life: FunctionLife<OperatorStateOf<D>>
  #context!: OperatorContext<Out>
  #functionContext!: KeyedFunctionContext<K, Out, StateOf<D>>

  constructor(fn: KeyedCoProcessFunction<K, A, B, Out, D>) {
    this.#fn = fn
    this.#life = new FunctionLife(fn)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    const states = declareStates(context, this.#fn.state)
    this.#functionContext = new KeyedFunctionContext(context, states)
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

  onTimer(timer: FiredTimer): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timer.time
    this.#fn.onTimer?.(timer, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }

  close(): void {
    this.#life.close()
  }
}
