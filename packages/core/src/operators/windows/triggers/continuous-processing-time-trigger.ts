import { type ValueStateDescriptor, valueState } from '../../../state/descriptors.ts'
import type { Duration } from '../../../time/duration.ts'
import { windowSize } from '../assigners/window-size.ts'
import type { Trigger, TriggerContext } from './trigger.ts'

/** `next`: the next multiple of the interval to fire at; none before the first record. */
type States = { readonly next: ValueStateDescriptor<number> }

/**
 * Fires each time that the job's clock has gone past a whole multiple of `interval` since 1970, from the first one after the
 * window's first record on, whether there were new records or not; and when it has gone past the window's end less one.
 *
 * @throws CORE_WINDOW_INVALID when the interval is not a positive whole number of ms.
 */
export function continuousProcessingTimeTrigger(interval: Duration): Trigger<unknown> {
  const intervalMs = windowSize(interval, "a continuous trigger's interval")
  const fireNextAt = (next: number, { state, timers }: TriggerContext<States>): void => {
    state.next.set(next)
    timers.processingTime.register(next)
  }
  const fireAtEnd = (ctx: TriggerContext<States>): void => {
    const last = ctx.window.end - 1
    if (last > ctx.now() && Number.isFinite(last)) ctx.timers.processingTime.register(last)
  }
  const trigger: Trigger<unknown, States> = {
    name: `continuous-processing-time(${intervalMs} ms)`,
    state: { next: valueState<number>() },
    onRecord(_value, _timestamp, ctx) {
      if (ctx.state.next.get() !== undefined) return 'continue'
      fireNextAt((Math.floor(ctx.now() / intervalMs) + 1) * intervalMs, ctx)
      fireAtEnd(ctx)
      return 'continue'
    },
    onProcessingTime(time, ctx) {
      if (time === ctx.state.next.get()) {
        fireNextAt(time + intervalMs, ctx)
        return 'fire'
      }
      return time === ctx.window.end - 1 ? 'fire' : 'continue'
    },
    onMerge(ctx) {
      const next = Math.min(...ctx.merged.map(({ state }) => state.next.get() ?? Number.POSITIVE_INFINITY))
      if (!Number.isFinite(next)) return
      fireNextAt(next, ctx)
      fireAtEnd(ctx)
    },
  }
  return Object.freeze(trigger)
}
