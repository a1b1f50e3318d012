import { type ValueStateDescriptor, valueState } from '../../../state/descriptors.ts'
import { recordCount } from '../record-count.ts'
import type { Trigger } from './trigger.ts'

/**
 * Fires each time that a window has had `n` more records, and counts from zero again. What is left when the window is over does not
 * fire. Windows that merge add up what they have counted; that fires at the next record.
 *
 * @throws CORE_WINDOW_INVALID unless `n` is a positive whole number.
 */
export function countTrigger(n: number): Trigger<unknown> {
  const most = recordCount(n, "a count trigger's number of records")
  const trigger: Trigger<unknown, { readonly count: ValueStateDescriptor<number> }> = {
    name: `count(${most})`,
    state: { count: valueState<number>() },
    onRecord(_value, _timestamp, { state }) {
      const count = (state.count.get() ?? 0) + 1
      if (count < most) {
        state.count.set(count)
        return 'continue'
      }
      state.count.clear()
      return 'fire'
    },
    onMerge({ state, merged }) {
      const count = merged.reduce((sum, window) => sum + (window.state.count.get() ?? 0), 0)
      if (count > 0) state.count.set(count)
    },
  }
  return Object.freeze(trigger)
}
