import { MAX_WATERMARK } from '../../../elements/timestamp.ts'
import type { Trigger } from './trigger.ts'

/** Event times end well before this; a window without an end is over when nothing more can come. */
const END_OF_TIME = Number.MAX_VALUE

/**
 * Fires once, when the watermark reaches the window's end less one, and again at once for each late record within the allowed
 * lateness. A window without an end fires at the end of the input. The default of event-time windows.
 */
export function eventTimeTrigger(): Trigger<unknown> {
  return EVENT_TIME_TRIGGER
}

const EVENT_TIME_TRIGGER: Trigger<unknown> = Object.freeze<Trigger<unknown>>({
  name: 'event-time',
  onRecord(_value, _timestamp, ctx) {
    const last = lastTime(ctx.window.end)
    if (last <= ctx.currentWatermark()) return 'fire'
    ctx.timers.eventTime.register(last)
    return 'continue'
  },
  onEventTime: (time, ctx) => (time === lastTime(ctx.window.end) ? 'fire' : 'continue'),
  onMerge(ctx) {
    const last = lastTime(ctx.window.end)
    if (last > ctx.currentWatermark()) ctx.timers.eventTime.register(last)
  },
})

function lastTime(end: number): number {
  return end === MAX_WATERMARK ? END_OF_TIME : end - 1
}
