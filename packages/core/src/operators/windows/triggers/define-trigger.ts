import type { StateDescriptors } from '../../../state/descriptors.ts'
import type { Trigger } from './trigger.ts'

/**
 * Types a trigger of one's own: its records are said, the states that it declares inferred. (A trigger that is written where it is
 * used, `windows.trigger({ ... })`, needs no help.)
 *
 * @example
 * ```ts
 * import { defineTrigger, valueState } from '@millrace/core'
 *
 * // Fires for the first record of a window, and never again.
 * const firstRecord = defineTrigger()({
 *   name: 'first-record',
 *   state: { seen: valueState<boolean>() },
 *   onRecord(_value, _timestamp, ctx) {
 *     if (ctx.state.seen.get() === true) return 'continue'
 *     ctx.state.seen.set(true)
 *     return 'fire'
 *   },
 * })
 * firstRecord.name // => 'first-record'
 * ```
 */
export function defineTrigger<T = unknown>(): <const D extends StateDescriptors = Readonly<Record<never, never>>>(
  trigger: Trigger<T, D>,
) => Trigger<T, D> {
  return (trigger) => trigger
}
