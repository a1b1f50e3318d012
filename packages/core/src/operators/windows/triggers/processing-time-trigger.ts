import type { Trigger } from './trigger.ts'

/**
 * Fires when the job's clock has gone past the window's end less one; a window without an end never fires. The default of
 * processing-time windows.
 */
export function processingTimeTrigger(): Trigger<unknown> {
  return PROCESSING_TIME_TRIGGER
}

const PROCESSING_TIME_TRIGGER: Trigger<unknown> = Object.freeze<Trigger<unknown>>({
  name: 'processing-time',
  onRecord(_value, _timestamp, { window, timers }) {
    if (Number.isFinite(window.end)) timers.processingTime.register(window.end - 1)
    return 'continue'
  },
  onProcessingTime: () => 'fire',
  onMerge(ctx) {
    const last = ctx.window.end - 1
    if (last > ctx.now()) ctx.timers.processingTime.register(last)
  },
})
