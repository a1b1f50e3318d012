import { checkObject } from '../../../elements/check-given.ts'
import type { Trigger, TriggerResult } from './trigger.ts'

/** Fires when another trigger does, and lets go of what the window holds each time. The window stays; see `Trigger`. */
export function purgingTrigger<T>(trigger: Trigger<T>): Trigger<T> {
  checkObject(trigger, 'what a purging trigger purges', ['onRecord'], 'CORE_WINDOW_INVALID')
  const { onMerge, onEventTime, onProcessingTime, state } = trigger
  const purging: Trigger<T> = {
    name: `purging(${trigger.name})`,
    ...(state === undefined ? {} : { state }),
    onRecord: (value, timestamp, ctx) => purged(trigger.onRecord(value, timestamp, ctx)),
    ...(onEventTime === undefined ? {} : { onEventTime: (time, ctx) => purged(onEventTime.call(trigger, time, ctx)) }),
    ...(onProcessingTime === undefined
      ? {}
      : { onProcessingTime: (time, ctx) => purged(onProcessingTime.call(trigger, time, ctx)) }),
    ...(onMerge === undefined ? {} : { onMerge: (ctx) => onMerge.call(trigger, ctx) }),
  }
  return Object.freeze(purging)
}

function purged(result: TriggerResult): TriggerResult {
  return result === 'fire' ? 'fire-and-purge' : result
}
