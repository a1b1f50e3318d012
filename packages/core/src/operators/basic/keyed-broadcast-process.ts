import { checkObject } from '../../elements/check-given.ts'
import type { Key } from '../../elements/key.ts'
import type {
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
} from '../../functions/broadcast-process-function.ts'
import type { KeyedProcessContext } from '../../functions/process-function.ts'
import type { BroadcastStateDescriptors, StateDescriptors } from '../../state/descriptors.ts'
import type {
  BroadcastStateOf,
  KeyedStateName,
  OperatorStateOf,
  ReadonlyBroadcastStateOf,
  StateFor,
  StateOf,
} from '../../state/state.ts'
import type { FiredTimer } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import {
  declareBroadcastStates,
  declareStates,
  hasEventTimeTtl,
  operatorStatesOf,
  stateDetail,
} from './declared-states.ts'
import { FunctionContext, KeyedFunctionContext } from './function-context.ts'
import { FunctionLife } from './function-life.ts'

/**
 * Runs a keyed function that meets a broadcast stream. Keeps the broadcast and operator states that it declares, and its states and
 * timers for each key until it clears them.
 */
export function keyedBroadcastProcessOperator<
  K extends Key,
  A,
  Broadcast,
  Out,
  D extends StateDescriptors,
  B extends BroadcastStateDescriptors,
>(fn: KeyedBroadcastProcessFunction<K, A, Broadcast, Out, D, B>): OperatorFactory<A, Out, Broadcast> {
  checkObject(fn, 'a process function', ['processRecord', 'processBroadcastRecord'])
  return {
    kind: 'keyed-broadcast-process',
    keyed: true,
    secondInput: 'unkeyed',
    usesTime: true,
    ...(hasEventTimeTtl(fn.state) ? { needsTimestamps: true } : {}),
    ...stateDetail(fn.state, fn.broadcastState),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new KeyedBroadcastProcessOperator(fn),
  }
}

class KeyedBroadcastProcessOperator<
  K extends Key,
  A,
  Broadcast,
  Out,
  D extends StateDescriptors,
  B extends BroadcastStateDescriptors,
> implements Operator<A, Out, Broadcast>
{
  readonly #fn: KeyedBroadcastProcessFunction<K, A, Broadcast, Out, D, B>
  readonly #life: FunctionLife<OperatorStateOf<D>>
  #context!: OperatorContext<Out>
  #reading!: ReadingContext<K, Out, D, B>
  #writing!: WritingContext<K, Out, D, B>

  constructor(fn: KeyedBroadcastProcessFunction<K, A, Broadcast, Out, D, B>) {
    this.#fn = fn
    this.#life = new FunctionLife(fn)
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    const states = declareStates(context, this.#fn.state)
    const own = operatorStatesOf(this.#fn.state, states)
    const broadcast = declareBroadcastStates(context, this.#fn.broadcastState)
    this.#reading = new ReadingContext(context, states, broadcast.read)
    this.#writing = new WritingContext(context, states, own, broadcast.written)
    this.#life.open(context, own)
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

  onTimer(timer: FiredTimer): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#reading.timestamp = timer.time
    this.#fn.onTimer?.(timer, this.#reading)
    this.#reading.emitter.rethrow()
  }

  close(): void {
    this.#life.close()
  }
}

class ReadingContext<
  K extends Key,
  Out,
  D extends StateDescriptors,
  B extends BroadcastStateDescriptors,
> extends KeyedFunctionContext<K, Out, StateOf<D>> {
  readonly broadcastState: ReadonlyBroadcastStateOf<B>

  constructor(context: OperatorContext<Out>, states: StateOf<D>, broadcastState: ReadonlyBroadcastStateOf<B>) {
    super(context, states)
    this.broadcastState = broadcastState
  }
}

class WritingContext<K extends Key, Out, D extends StateDescriptors, B extends BroadcastStateDescriptors>
  extends FunctionContext<Out, OperatorStateOf<D>>
  implements KeyedBroadcastContext<K, Out, D, B>
{
  readonly broadcastState: BroadcastStateOf<B>
  readonly #keys: OperatorContext<Out>['state']
  readonly #states: StateOf<D>
  /** The same step where there is a key. */
  readonly #keyed: KeyedFunctionContext<K, Out, StateOf<D>>

  constructor(
    context: OperatorContext<Out>,
    states: StateOf<D>,
    own: OperatorStateOf<D>,
    broadcastState: BroadcastStateOf<B>,
  ) {
    super(context, own)
    this.broadcastState = broadcastState
    this.#keys = context.state
    this.#states = states
    this.#keyed = new KeyedFunctionContext(context, states)
  }

  applyToKeys<Name extends KeyedStateName<D>>(
    name: Name,
    fn: (key: K, state: StateFor<D[Name]>, ctx: KeyedProcessContext<K, Out, D>) => void,
  ): void {
    const state = this.#states[name] as StateFor<D[Name]>
    const keyed = this.#keyed
    keyed.timestamp = this.timestamp
    this.#keys.applyToKeys(name, (key) => fn(key as K, state, keyed))
    keyed.emitter.rethrow()
  }
}
