import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { OperatorStateDescriptors, StateDescriptors } from '../state/descriptors.ts'
import type { OperatorStateOf } from '../state/state.ts'
import type { FiredTimer } from '../time/timer-service.ts'
import type { KeyedProcessContext, ProcessContext } from './process-function.ts'
import type { RichFunction } from './rich-function.ts'

/**
 * Handles the records of two connected streams, which share what it declares. They come in the order in which the job reads
 * them: in a replay by time, live as they arrive. The watermark is the least of both.
 */
export interface CoProcessFunction<A, B, Out, D extends OperatorStateDescriptors = OperatorStateDescriptors>
  extends RichFunction<OperatorStateOf<D>> {
  /** States of the step itself: `operatorListState()`. */
  readonly state?: D
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processFirst(value: A, ctx: ProcessContext<Out, D>): void
  processSecond(value: B, ctx: ProcessContext<Out, D>): void
}

/** The same by key: records of one key, of either stream, share state and timers. */
export interface KeyedCoProcessFunction<K extends Key, A, B, Out, D extends StateDescriptors = StateDescriptors>
  extends RichFunction<OperatorStateOf<D>> {
  readonly state?: D
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processFirst(value: A, ctx: KeyedProcessContext<K, Out, D>): void
  processSecond(value: B, ctx: KeyedProcessContext<K, Out, D>): void
  /** A timer of `ctx.key` is due, whichever record set it. Timers of one time fire in the order (time, key, name). */
  onTimer?(timer: FiredTimer, ctx: KeyedProcessContext<K, Out, D>): void
}

/**
 * Types a function on two connected streams: records and result are given, the operator states inferred.
 *
 * @example
 * ```ts
 * import { coProcess, createEnvironment } from '@millrace/core'
 *
 * const env = createEnvironment()
 * const labelled = coProcess<number, string, string>()({
 *   processFirst: (n, ctx) => ctx.emit(`number ${n}`),
 *   processSecond: (text, ctx) => ctx.emit(`text ${text}`),
 * })
 * const all = await env.fromArray([1]).connect(env.fromArray(['a'])).process(labelled).executeAndCollect()
 * all.toSorted() // => ['number 1', 'text a']
 * ```
 */
export function coProcess<A, B, Out>(): <const D extends OperatorStateDescriptors>(
  fn: CoProcessFunction<A, B, Out, D>,
) => CoProcessFunction<A, B, Out, D> {
  return (fn) => fn
}

/**
 * Types a function on two connected keyed streams: records and result are given, the states inferred.
 *
 * @example
 * ```ts
 * import { createEnvironment, keyedCoProcess, monotonousTimestamps, valueState } from '@millrace/core'
 *
 * interface Reading { readonly bed: string; readonly time: number; readonly value: number }
 * interface Limit { readonly bed: string; readonly time: number; readonly above: number }
 *
 * // Each reading by the newest limit of its bed.
 * const tooHigh = keyedCoProcess<Reading, Limit, string>()({
 *   state: { limit: valueState<number>() },
 *   processFirst(reading, ctx) {
 *     if (reading.value > (ctx.state.limit.get() ?? Infinity)) ctx.emit(`${ctx.key} at ${reading.time}`)
 *   },
 *   processSecond: (limit, ctx) => ctx.state.limit.set(limit.above),
 * })
 *
 * const env = createEnvironment()
 * const byTime = monotonousTimestamps().timestamp((r: { time: number }) => r.time)
 * const readings = env.fromArray<Reading>(
 *   [{ bed: 'a', time: 1, value: 99 }, { bed: 'a', time: 3, value: 99 }, { bed: 'b', time: 4, value: 99 }],
 *   { watermarks: byTime },
 * )
 * const limits = env.fromArray<Limit>([{ bed: 'a', time: 2, above: 90 }], { watermarks: byTime })
 *
 * await readings.keyBy((r) => r.bed).connect(limits.keyBy((l) => l.bed)).process(tooHigh).executeAndCollect() // => ['a at 3']
 * ```
 */
export function keyedCoProcess<A, B, Out, K extends Key = string>(): <const D extends StateDescriptors>(
  fn: KeyedCoProcessFunction<K, A, B, Out, D>,
) => KeyedCoProcessFunction<K, A, B, Out, D> {
  return (fn) => fn
}
