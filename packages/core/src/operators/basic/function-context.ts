import type { Key } from '../../elements/key.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import { NO_TIMESTAMP } from '../../elements/timestamp.ts'
import type { OperatorMetrics } from '../../metrics/operator-metrics.ts'
import type { TimerService } from '../../time/timer-service.ts'
import type { OperatorContext } from '../operator.ts'
import { LatchedEmitter } from './latched-emitter.ts'

/** What a process function is given; one for the life of an operator, its `timestamp` set before each call. */
export class FunctionContext<Out, S> {
  timestamp: number = NO_TIMESTAMP
  readonly isReplay: boolean
  readonly metrics: OperatorMetrics
  readonly emitter: LatchedEmitter<Out>
  readonly state: S
  readonly #context: OperatorContext<Out>

  constructor(context: OperatorContext<Out>, state: S) {
    this.#context = context
    this.isReplay = context.isReplay
    this.metrics = context.metrics
    this.emitter = new LatchedEmitter(context)
    this.state = state
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

/** The same where there is a key. */
export class KeyedFunctionContext<K extends Key, Out, S> extends FunctionContext<Out, S> {
  readonly timers: TimerService
  readonly #keys: OperatorContext<Out>['state']

  constructor(context: OperatorContext<Out>, state: S) {
    super(context, state)
    this.timers = context.timers
    this.#keys = context.state
  }

  get key(): K {
    return this.#keys.currentKey as K
  }
}
