import type { Key } from '../elements/key.ts'
import type { OutputTag } from '../elements/output-tag.ts'
import type { TimeWindow } from '../elements/time-window.ts'
import type { OperatorMetrics } from '../metrics/operator-metrics.ts'
import type { StateDescriptors } from '../state/descriptors.ts'
import type { OperatorStateOf, StateOf } from '../state/state.ts'
import type { RichFunction } from './rich-function.ts'

// biome-ignore lint/suspicious/noExplicitAny: functions with whatever states side by side
type AnyStates = any

/** What a window function may ask and do while it handles one window. Valid only until the call returns. */
export interface WindowContext<
  K extends Key,
  Out,
  W extends StateDescriptors = AnyStates,
  G extends StateDescriptors = AnyStates,
> {
  readonly key: K
  readonly window: TimeWindow
  currentWatermark(): number
  /** The job's clock: the wall's when live, driven by the data's own times in a replay. */
  now(): number
  /** True where the job's clock is driven by the data. */
  readonly isReplay: boolean
  /**
   * Emits a result, by default with the timestamp `window.end - 1`; for a window without an end, with that of
   * its record that came last.
   */
  emit(value: Out, timestamp?: number): void
  emitTo<T>(tag: OutputTag<T>, value: T, timestamp?: number): void
  /** The states declared as `windowState`, of this key and window. */
  readonly windowState: StateOf<W>
  /** The states declared as `globalState`, of this key. */
  readonly globalState: StateOf<G>
  readonly metrics: OperatorMetrics
}

/**
 * Makes results of what a window holds when it fires: of its records (`In` is an array of them), of their aggregates, or of what they
 * were reduced to.
 */
export interface ProcessWindowFunction<
  K extends Key,
  In,
  Out,
  W extends StateDescriptors = AnyStates,
  G extends StateDescriptors = AnyStates,
> extends RichFunction<OperatorStateOf<G>> {
  /** What it remembers of each key and window, from one firing to the next; freed with the window. Not for windows that merge. */
  readonly windowState?: W
  /** What it remembers of each key, until it clears it; and what belongs to the step itself. */
  readonly globalState?: G
  /** Side outputs that it emits to, so that `getSideOutput` with another tag is refused when the job is built. */
  readonly sideOutputs?: readonly OutputTag<unknown>[]
  process(contents: In, ctx: WindowContext<K, Out, W, G>): void
  /** The window is freed, and its state with it: the place to tidy `ctx.globalState`. */
  clear?(ctx: WindowContext<K, Out, W, G>): void
}

/** A window function of one result, or of none: `undefined`. */
export type WindowResultFunction<K extends Key, In, Out> = (
  contents: In,
  ctx: WindowContext<K, never>,
) => Out | undefined

/**
 * Types a window function: what it is given and its result are said, the states inferred.
 *
 * @example
 * ```ts
 * import { processWindow, valueState } from '@millrace/core'
 *
 * const countedFirings = processWindow<readonly number[], string>()({
 *   windowState: { firings: valueState<number>() },
 *   process(values, ctx) {
 *     const firings = (ctx.windowState.firings.get() ?? 0) + 1
 *     ctx.windowState.firings.set(firings)
 *     ctx.emit(`${ctx.key}: ${values.length} values, firing ${firings}`)
 *   },
 * })
 * Object.keys(countedFirings.windowState ?? {}) // => ['firings']
 * ```
 */
export function processWindow<In, Out, K extends Key = string>(): <
  const W extends StateDescriptors = Readonly<Record<never, never>>,
  const G extends StateDescriptors = Readonly<Record<never, never>>,
>(
  fn: ProcessWindowFunction<K, In, Out, W, G>,
) => ProcessWindowFunction<K, In, Out, W, G> {
  return (fn) => fn
}
