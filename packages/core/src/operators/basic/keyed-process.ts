import type { Key } from '../../elements/key.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import type { KeyedProcessContext, KeyedProcessFunction } from '../../functions/process-function.ts'
import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'
import type { StateDescriptor, StateDescriptors } from '../../state/descriptors.ts'
import type { KeyedStateBackend } from '../../state/keyed-state-backend.ts'
import type { StateOf } from '../../state/state.ts'
import type { FiredTimer, TimerService } from '../../time/timer-service.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { LatchedEmitter } from './latched-emitter.ts'

/** Runs a keyed process function. Keeps the states that it declares and its timers, for each key, until it clears them. */
export function keyedProcessOperator<K extends Key, In, Out, D extends StateDescriptors>(
  fn: KeyedProcessFunction<K, In, Out, D>,
): OperatorFactory<In, Out> {
  const names = Object.keys(fn.state ?? {})
  return {
    kind: 'keyed-process',
    keyed: true,
    usesTime: true,
    ...(names.length === 0 ? {} : { detail: `state ${names.join(', ')}` }),
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new KeyedProcessOperator(fn),
  }
}

class KeyedProcessOperator<K extends Key, In, Out, D extends StateDescriptors> implements Operator<In, Out> {
  readonly #fn: KeyedProcessFunction<K, In, Out, D>
  #context!: OperatorContext<Out>
  #functionContext!: FunctionContext<K, Out, D>

  constructor(fn: KeyedProcessFunction<K, In, Out, D>) {
    this.#fn = fn
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#functionContext = new FunctionContext(context, declaredStates(context.state, this.#fn.state))
  }

  processRecord(value: In, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timestamp
    this.#fn.processRecord(value, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }

  onTimer(timer: FiredTimer): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timer.time
    this.#fn.onTimer?.(timer, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }
}

function declaredStates<D extends StateDescriptors>(backend: KeyedStateBackend, declared: D | undefined): StateOf<D> {
  const states: Record<string, unknown> = {}
  for (const [name, descriptor] of Object.entries(declared ?? {}) as [string, StateDescriptor][]) {
    switch (descriptor.kind) {
      case 'value':
        states[name] = backend.value(name, descriptor)
        break
      case 'list':
        states[name] = backend.list(name, descriptor)
        break
      case 'map':
        states[name] = backend.map(name, descriptor)
        break
    }
  }
  return states as StateOf<D>
}

class FunctionContext<K extends Key, Out, D extends StateDescriptors> implements KeyedProcessContext<K, Out, D> {
  timestamp: number = NO_TIMESTAMP
  readonly isReplay: boolean
  readonly metrics: OperatorMetrics
  readonly emitter: LatchedEmitter<Out>
  readonly state: StateOf<D>
  readonly timers: TimerService
  readonly #context: OperatorContext<Out>

  constructor(context: OperatorContext<Out>, state: StateOf<D>) {
    this.#context = context
    this.isReplay = context.isReplay
    this.metrics = context.metrics
    this.emitter = new LatchedEmitter(context)
    this.state = state
    this.timers = context.timers
  }

  get key(): K {
    return this.#context.state.currentKey as K
  }

  currentWatermark(): number {
    return this.#context.currentWatermark()
  }

  now(): number {
    return this.#context.now()
  }

  emit(value: Out, timestamp: number = this.timestamp): void {
    this.emitter.emit(value, timestamp)
  }

  emitTo<T>(tag: OutputTag<T>, value: T, timestamp: number = this.timestamp): void {
    this.emitter.emitTo(tag, value, timestamp)
  }
}
