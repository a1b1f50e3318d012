import type { TimeWindow } from '../../../elements/time-window.ts'
import { neverTrigger } from '../triggers/never-trigger.ts'
import type { WindowAssigner } from './window-assigner.ts'

/** All of time. */
export const GLOBAL_WINDOW: TimeWindow = Object.freeze({
  start: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
})

const ALL = Object.freeze([GLOBAL_WINDOW])

const GLOBAL_WINDOWS: WindowAssigner<unknown> = Object.freeze<WindowAssigner<unknown>>({
  kind: 'global',
  domain: 'processing-time',
  isMerging: false,
  assign: () => ALL,
  defaultTrigger: neverTrigger,
})

/**
 * One window a key, which never ends: `[-Infinity, Infinity)`. It fires when its trigger says so, and never without one; its results
 * have the timestamp of its record that came last. Nothing is late. No time frees it: it
 * goes when nothing is left of it, so let its trigger purge, or give it an evictor.
 */
export function globalWindows(): WindowAssigner<unknown> {
  return GLOBAL_WINDOWS
}
