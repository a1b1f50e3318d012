import { checkObject } from '../../elements/check-given.ts'
import type { BroadcastProcessFunction } from '../../functions/broadcast-process-function.ts'
import type { BroadcastStateDescriptors, OperatorStateDescriptors } from '../../state/descriptors.ts'
import type { BroadcastStateOf, OperatorStateOf, ReadonlyBroadcastStateOf, StateOf } from '../../state/state.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { declareBroadcastStates, declareStates, operatorStatesOf, stateDetail } from './declared-states.ts'
import { FunctionContext } from './function-context.ts'
import { FunctionLife } from './function-life.ts'

/** Runs a function that meets a broadcast stream. Keeps the broadcast and operator states that it declares. */
export function broadcastProcessOperator<
  A,
  Broadcast,
  Out,
  B extends BroadcastStateDescriptors,
  D extends OperatorStateDescriptors,
>(fn: BroadcastProcessFunction<A, Broadcast, Out, B, D>): OperatorFactory<A, Out, Broadcast> {
  checkObject(fn, 'a process function', ['processRecord', 'processBroadcastRecord'])
  return {
    kind: 'broadcast-process',
    keyed: false,
    secondInput: 'unkeyed',
    usesTime: true,
    ...stateDetail(fn.state, fn.broadcastState),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new BroadcastProcessOperator(fn),
  }
}

class BroadcastProcessOperator<
  A,
  Broadcast,
  Out,
  B extends BroadcastStateDescriptors,
  D extends OperatorStateDescriptors,
> implements Operator<A, Out, Broadcast>
{
  readonly #fn: BroadcastProcessFunction<A, Broadcast, Out, B, D>
  readonly #life: FunctionLife<OperatorStateOf<D>>
  #context!: OperatorContext<Out>
  #reading!: BroadcastContext<Out, StateOf<D>, ReadonlyBroadcastStateOf<B>>
  #writing!: BroadcastContext<Out, StateOf<D>, BroadcastStateOf<B>>

  constructor(fn: BroadcastProcessFunction<A, Broadcast, Out, B, D>) {
    this.#fn = fn
    this.#life = new FunctionLife(fn)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    const states = declareStates(context, this.#fn.state)
    const broadcast = declareBroadcastStates(context, this.#fn.broadcastState)
    this.#reading = new BroadcastContext(context, states, broadcast.read)
    this.#writing = new BroadcastContext(context, states, broadcast.written)
    this.#life.open(context, operatorStatesOf(this.#fn.state, states))
  }

  processRecord(value: A, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#reading.timestamp = timestamp
    this.#fn.processRecord(value, this.#reading)
    this.#reading.emitter.rethrow()
  }

  processSecondRecord(value: Broadcast, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#writing.timestamp = timestamp
    this.#fn.processBroadcastRecord(value, this.#writing)
    this.#writing.emitter.rethrow()
  }

  close(): void {
    this.#life.close()
  }
}

class BroadcastContext<Out, S, B> extends FunctionContext<Out, S> {
  readonly broadcastState: B

  constructor(context: OperatorContext<Out>, state: S, broadcastState: B) {
    super(context, state)
    this.broadcastState = broadcastState
  }
}
