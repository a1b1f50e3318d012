import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { OperatorMetrics } from '../metrics/operator-metrics.ts'
import type { OperatorStateDescriptors, StateDescriptors } from '../state/descriptors.ts'
import type { OperatorStateOf, StateOf } from '../state/state.ts'
import type { FiredTimer, TimerService } from '../time/timer-service.ts'
import type { RichFunction } from './rich-function.ts'

/** What a process function may ask and do while it handles one record. Valid only until the call returns. */
export interface ProcessContext<Out, D extends OperatorStateDescriptors = OperatorStateDescriptors> {
  /** The record's timestamp (a timer's time in `onTimer`); `NO_TIMESTAMP` where none was assigned. */
  readonly timestamp: number
  currentWatermark(): number
  /** The job's clock: the wall's when live, driven by the data's own times in a replay. */
  now(): number
  /** True where the job's clock is driven by the data. */
  readonly isReplay: boolean
  /** Emits a result, by default with the timestamp of the record or timer at hand. */
  emit(value: Out, timestamp?: number): void
  emitTo<T>(tag: OutputTag<T>, value: T, timestamp?: number): void
  readonly metrics: OperatorMetrics
  /** The declared states. */
  readonly state: StateOf<D>
}

/** Handles one record at a time, with side outputs; remembers what it declares as operator state, whatever the key. */
export interface ProcessFunction<In, Out, D extends OperatorStateDescriptors = OperatorStateDescriptors>
  extends RichFunction<OperatorStateOf<D>> {
  /** States of the step itself: `operatorListState()`. */
  readonly state?: D
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processRecord(value: In, ctx: ProcessContext<Out, D>): void
}

/** The same with state and timers of the key at hand. Valid only until the call returns. */
export interface KeyedProcessContext<K extends Key, Out, D extends StateDescriptors>
  extends Omit<ProcessContext<Out>, 'state'> {
  readonly key: K
  /** The declared states, of the current key. */
  readonly state: StateOf<D>
  /** Timers of the current key. */
  readonly timers: TimerService
}

/** Handles one record at a time, with state and timers for each key. Everything that it remembers is declared. */
export interface KeyedProcessFunction<K extends Key, In, Out, D extends StateDescriptors = StateDescriptors>
  extends RichFunction<OperatorStateOf<D>> {
  readonly state?: D
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processRecord(value: In, ctx: KeyedProcessContext<K, Out, D>): void
  /** A timer of `ctx.key` is due. Timers of one time fire in the order (time, key, name). */
  onTimer?(timer: FiredTimer, ctx: KeyedProcessContext<K, Out, D>): void
}

/**
 * Types a keyed process function: the record and result are given, the states inferred.
 *
 * @example
 * ```ts
 * import { keyedProcess, valueState } from '@millrace/core'
 *
 * const runningTotal = keyedProcess<number, number>()({
 *   state: { total: valueState<number>() },
 *   processRecord(value, ctx) {
 *     const total = (ctx.state.total.get() ?? 0) + value
 *     ctx.state.total.set(total)
 *     ctx.emit(total)
 *   },
 * })
 * Object.keys(runningTotal.state ?? {}) // => ['total']
 * ```
 */
export function keyedProcess<In, Out, K extends Key = string>(): <const D extends StateDescriptors>(
  fn: KeyedProcessFunction<K, In, Out, D>,
) => KeyedProcessFunction<K, In, Out, D> {
  return (fn) => fn
}

/**
 * Types a process function without a key: the record and result are given, the operator states inferred.
 *
 * @example
 * ```ts
 * import { createEnvironment, operatorListState, processFunction } from '@millrace/core'
 *
 * const pairs = processFunction<number, readonly number[]>()({
 *   state: { waiting: operatorListState<number>() },
 *   processRecord(value, ctx) {
 *     const [other] = ctx.state.waiting.get()
 *     if (other === undefined) return ctx.state.waiting.add(value)
 *     ctx.state.waiting.clear()
 *     ctx.emit([other, value])
 *   },
 * })
 * await createEnvironment().fromArray([1, 2, 3, 4, 5]).process(pairs).executeAndCollect() // => [[1, 2], [3, 4]]
 * ```
 */
export function processFunction<In, Out>(): <const D extends OperatorStateDescriptors>(
  fn: ProcessFunction<In, Out, D>,
) => ProcessFunction<In, Out, D> {
  return (fn) => fn
}
