import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { BroadcastStateDescriptors, OperatorStateDescriptors, StateDescriptors } from '../state/descriptors.ts'
import type {
  BroadcastStateOf,
  KeyedStateName,
  OperatorStateOf,
  ReadonlyBroadcastStateOf,
  StateFor,
} from '../state/state.ts'
import type { FiredTimer } from '../time/timer-service.ts'
import type { KeyedProcessContext, ProcessContext } from './process-function.ts'
import type { RichFunction } from './rich-function.ts'

/** Broadcast state as the side that is not broadcast sees it. */
export interface ReadsBroadcastState<B extends BroadcastStateDescriptors> {
  readonly broadcastState: ReadonlyBroadcastStateOf<B>
}

/** Broadcast state as the side that is broadcast sees it. */
export interface WritesBroadcastState<B extends BroadcastStateDescriptors> {
  /** Written by what every subtask knows alike: the record, the state itself; never by a clock or by a key's state. */
  readonly broadcastState: BroadcastStateOf<B>
}

/** What a keyed function may do with a record that is broadcast: there is no key, so no state and no timers of one. */
export interface KeyedBroadcastContext<
  K extends Key,
  Out,
  D extends StateDescriptors,
  B extends BroadcastStateDescriptors,
> extends Omit<ProcessContext<Out>, 'state'>,
    WritesBroadcastState<B> {
  /** The declared states of the step itself. */
  readonly state: OperatorStateOf<D>
  /**
   * Calls `fn` with the state of this name of each key that has something in it, in the order of keys (`compareKeys`), and with all
   * that a record of the key would have: its other states, its timers. Looks at every key of this subtask: not for each record.
   */
  applyToKeys<Name extends KeyedStateName<D>>(
    name: Name,
    fn: (key: K, state: StateFor<D[Name]>, ctx: KeyedProcessContext<K, Out, D>) => void,
  ): void
}

/** Handles records of one stream by what was broadcast before from another. */
export interface BroadcastProcessFunction<
  A,
  Broadcast,
  Out,
  B extends BroadcastStateDescriptors = BroadcastStateDescriptors,
  D extends OperatorStateDescriptors = OperatorStateDescriptors,
> extends RichFunction<OperatorStateOf<D>> {
  /** States of the step itself: `operatorListState()`. */
  readonly state?: D
  /** Maps that every subtask has whole: `broadcastState()`. */
  readonly broadcastState?: B
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processRecord(value: A, ctx: ProcessContext<Out, D> & ReadsBroadcastState<B>): void
  processBroadcastRecord(value: Broadcast, ctx: ProcessContext<Out, D> & WritesBroadcastState<B>): void
}

/** The same, with state and timers for each key of the stream that is not broadcast. */
export interface KeyedBroadcastProcessFunction<
  K extends Key,
  A,
  Broadcast,
  Out,
  D extends StateDescriptors = StateDescriptors,
  B extends BroadcastStateDescriptors = BroadcastStateDescriptors,
> extends RichFunction<OperatorStateOf<D>> {
  readonly state?: D
  /** Maps that every subtask has whole: `broadcastState()`. */
  readonly broadcastState?: B
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  processRecord(value: A, ctx: KeyedProcessContext<K, Out, D> & ReadsBroadcastState<B>): void
  processBroadcastRecord(value: Broadcast, ctx: KeyedBroadcastContext<K, Out, D, B>): void
  /** A timer of `ctx.key` is due. Timers of one time fire in the order (time, key, name). */
  onTimer?(timer: FiredTimer, ctx: KeyedProcessContext<K, Out, D> & ReadsBroadcastState<B>): void
}

/** Types a function that meets a broadcast stream: records and result are given, the states inferred. */
export function broadcastProcess<A, Broadcast, Out>(): <
  const B extends BroadcastStateDescriptors,
  const D extends OperatorStateDescriptors,
>(
  fn: BroadcastProcessFunction<A, Broadcast, Out, B, D>,
) => BroadcastProcessFunction<A, Broadcast, Out, B, D> {
  return (fn) => fn
}

/**
 * Types a keyed function that meets a broadcast stream: records and result are given, the states inferred.
 *
 * @example
 * ```ts
 * import { broadcastState, createEnvironment, keyedBroadcastProcess, monotonousTimestamps, valueState } from '@millrace/core'
 *
 * interface Reading { readonly bed: string; readonly time: number; readonly value: number }
 * interface Rule { readonly name: string; readonly time: number; readonly above: number }
 *
 * const alarms = keyedBroadcastProcess<Reading, Rule, string>()({
 *   state: { alarms: valueState<number>() },
 *   broadcastState: { rules: broadcastState<string, Rule>() },
 *   processRecord(reading, ctx) {
 *     for (const { name, above } of ctx.broadcastState.rules.values()) {
 *       if (reading.value <= above) continue
 *       const alarms = (ctx.state.alarms.get() ?? 0) + 1
 *       ctx.state.alarms.set(alarms)
 *       ctx.emit(`${ctx.key} ${name} ${alarms}`)
 *     }
 *   },
 *   processBroadcastRecord(rule, ctx) {
 *     ctx.broadcastState.rules.put(rule.name, rule)
 *     ctx.applyToKeys('alarms', (_bed, alarms) => alarms.clear()) // a new rule counts anew
 *   },
 * })
 *
 * const env = createEnvironment()
 * const byTime = monotonousTimestamps().timestamp((r: { time: number }) => r.time)
 * const readings = [1, 3, 5, 7].map((time) => ({ bed: 'a', time, value: 99 }))
 * const rules = [{ name: 'high', time: 2, above: 90 }, { name: 'high', time: 6, above: 95 }]
 *
 * await env
 *   .fromArray<Reading>(readings, { watermarks: byTime })
 *   .keyBy((r) => r.bed)
 *   .connectBroadcast(env.fromArray<Rule>(rules, { watermarks: byTime }))
 *   .process(alarms)
 *   .executeAndCollect() // => ['a high 1', 'a high 2', 'a high 1']
 * ```
 */
export function keyedBroadcastProcess<A, Broadcast, Out, K extends Key = string>(): <
  const D extends StateDescriptors,
  const B extends BroadcastStateDescriptors,
>(
  fn: KeyedBroadcastProcessFunction<K, A, Broadcast, Out, D, B>,
) => KeyedBroadcastProcessFunction<K, A, Broadcast, Out, D, B> {
  return (fn) => fn
}
