import { MAX_WATERMARK } from '../../../elements/timestamp.ts'
import { type ValueStateDescriptor, valueState } from '../../../state/descriptors.ts'
import type { Duration } from '../../../time/duration.ts'
import { windowSize } from '../assigners/window-size.ts'
import type { Trigger, TriggerContext } from './trigger.ts'

/** `next`: the next multiple of the interval to fire at; none before the first record. */
type States = { readonly next: ValueStateDescriptor<number> }

/**
 * Fires each time that the watermark reaches a whole multiple of `interval` since 1970, from the first one after the window's first
 * record on, whether there were new records or not; at the window's end less one; and at once for each late record after that.
 *
 * A window without an end fires for the last time when the input ends.
 *
 * @throws CORE_WINDOW_INVALID when the interval is not a positive whole number of ms.
 */
export function continuousEventTimeTrigger(interval: Duration): Trigger<unknown> {
  const intervalMs = windowSize(interval, "a continuous trigger's interval")
  const fireNextAt = (next: number, { window, state, timers }: TriggerContext<States>): void => {
    state.next.set(next)
    // The end has a timer of its own.
    if (next < window.end - 1) timers.eventTime.register(next)
  }
  const trigger: Trigger<unknown, States> = {
    name: `continuous-event-time(${intervalMs} ms)`,
    state: { next: valueState<number>() },
    onRecord(_value, timestamp, ctx) {
      const { window, state, timers } = ctx
      if (window.end - 1 <= ctx.currentWatermark()) return 'fire'
      if (Number.isFinite(window.end)) timers.eventTime.register(window.end - 1)
      if (state.next.get() === undefined) fireNextAt((Math.floor(timestamp / intervalMs) + 1) * intervalMs, ctx)
      return 'continue'
    },
    onEventTime(time, ctx) {
      if (time !== ctx.state.next.get()) return time === ctx.window.end - 1 ? 'fire' : 'continue'
      // A window without an end would go on for ever at the end of the input.
      if (ctx.currentWatermark() < MAX_WATERMARK || Number.isFinite(ctx.window.end)) fireNextAt(time + intervalMs, ctx)
      return 'fire'
    },
    onMerge(ctx) {
      const next = Math.min(...ctx.merged.map(({ state }) => state.next.get() ?? Number.POSITIVE_INFINITY))
      if (Number.isFinite(next)) fireNextAt(next, ctx)
    },
  }
  return Object.freeze(trigger)
}
