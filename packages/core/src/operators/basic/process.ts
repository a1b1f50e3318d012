import type { OutputTag } from '../../elements/output-tag.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import type { ProcessContext, ProcessFunction } from '../../functions/process-function.ts'
import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'
import type { Operator, OperatorContext, OperatorFactory } from '../operator.ts'
import { LatchedEmitter } from './latched-emitter.ts'

/** Runs a process function: any number of results and side outputs a record. Keeps nothing. */
export function processOperator<In, Out>(fn: ProcessFunction<In, Out>): OperatorFactory<In, Out> {
  return {
    kind: 'process',
    keyed: false,
    usesTime: true,
    ...(fn.sideOutputs === undefined ? {} : { sideOutputs: fn.sideOutputs.map((tag) => tag.id) }),
    create: () => new ProcessOperator(fn),
  }
}

class ProcessOperator<In, Out> implements Operator<In, Out> {
  readonly #fn: ProcessFunction<In, Out>
  #context!: OperatorContext<Out>
  #functionContext!: FunctionContext<Out>

  constructor(fn: ProcessFunction<In, Out>) {
    this.#fn = fn
  }

  open(context: OperatorContext<Out>): void {
    this.#context = context
    this.#functionContext = new FunctionContext(context)
  }

  processRecord(value: In, timestamp: number): void {
    const context = this.#context
    context.place.step = context.operatorId
    this.#functionContext.timestamp = timestamp
    this.#fn.processRecord(value, this.#functionContext)
    this.#functionContext.emitter.rethrow()
  }
}

class FunctionContext<Out> implements ProcessContext<Out> {
  timestamp: number = NO_TIMESTAMP
  readonly isReplay: boolean
  readonly metrics: OperatorMetrics
  readonly emitter: LatchedEmitter<Out>
  readonly #context: OperatorContext<Out>

  constructor(context: OperatorContext<Out>) {
    this.#context = context
    this.isReplay = context.isReplay
    this.metrics = context.metrics
    this.emitter = new LatchedEmitter(context)
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
