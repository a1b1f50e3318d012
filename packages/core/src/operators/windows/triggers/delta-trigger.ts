import { checkFunction } from '../../../elements/check-given.ts'
import { type ValueStateDescriptor, valueState } from '../../../state/descriptors.ts'
import { deltaThreshold } from '../delta-threshold.ts'
import type { Trigger } from './trigger.ts'

/**
 * Fires when a record is more than `threshold` away from the one that fired last, or from the window's first one: with
 * `delta(last, record)`. Not for windows that merge.
 *
 * @throws CORE_WINDOW_INVALID for a threshold that is not a number.
 */
export function deltaTrigger<T>(threshold: number, delta: (last: T, record: T) => number): Trigger<T> {
  const most = deltaThreshold(threshold)
  checkFunction(delta, "a delta trigger's delta", 'CORE_WINDOW_INVALID')
  const trigger: Trigger<T, { readonly last: ValueStateDescriptor<{ readonly value: T }> }> = {
    name: `delta(${most})`,
    state: { last: valueState<{ readonly value: T }>() },
    onRecord(value, _timestamp, { state }) {
      const last = state.last.get()
      if (last !== undefined && !(delta(last.value, value) > most)) return 'continue'
      state.last.set({ value })
      return last === undefined ? 'continue' : 'fire'
    },
  }
  return Object.freeze(trigger)
}
