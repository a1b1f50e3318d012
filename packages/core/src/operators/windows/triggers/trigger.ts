import type { TimeWindow } from '../../../elements/time-window.ts'
import type { StateDescriptors } from '../../../state/descriptors.ts'
import type { StateOf } from '../../../state/state.ts'

/**
 * What becomes of a window: `fire` gives its result and keeps what it holds, `purge` lets go of what it holds; the window itself
 * stays, with its trigger's state and timers, until it is freed.
 */
export type TriggerResult = 'continue' | 'fire' | 'purge' | 'fire-and-purge'

// biome-ignore lint/suspicious/noExplicitAny: triggers with whatever states side by side
type AnyStates = any

/**
 * Says when a window's result goes out. Immutable: what it remembers is declared, and kept for each key and window.
 *
 * A window and all that its trigger keeps for it (states, timers) is freed when its time is over: once the watermark has reached
 * `end - 1 + allowedLateness`, or the job's clock has gone past `end - 1`. So there is nothing to clear by hand. A result is not
 * given for a window that holds nothing.
 * See `defineTrigger` for an example.
 */
export interface Trigger<T, D extends StateDescriptors = AnyStates> {
  /** What it is, with its numbers. Shown by `explain()`, and part of what a checkpoint is compared with. */
  readonly name: string
  /** What it remembers of each key and window. */
  readonly state?: D
  /** A record has come into the window; also one that is late within the allowed lateness. */
  onRecord(value: T, timestamp: number, ctx: TriggerContext<D>): TriggerResult
  /** An event-time timer that it registered for this window is due. Without it: `continue`. */
  onEventTime?(time: number, ctx: TriggerContext<D>): TriggerResult
  /** A processing-time timer that it registered for this window is due. Without it: `continue`. */
  onProcessingTime?(time: number, ctx: TriggerContext<D>): TriggerResult
  /**
   * Windows have become one, `ctx.window`: brings together what it kept for `ctx.merged` and registers its timers again, since theirs
   * are gone. A record follows at once. Without it the trigger is refused for windows that merge.
   */
  onMerge?(ctx: TriggerMergeContext<D>): void
}

/** What a trigger may ask and do. Valid only until the call returns. */
export interface TriggerContext<D extends StateDescriptors = AnyStates> {
  readonly window: TimeWindow
  /** The declared states, of this key and window. */
  readonly state: StateOf<D>
  /** Timers of this key and window. */
  readonly timers: { readonly eventTime: WindowTimers; readonly processingTime: WindowTimers }
  currentWatermark(): number
  /** The job's clock. */
  now(): number
}

/** What a trigger may ask and do when windows have become one. */
export interface TriggerMergeContext<D extends StateDescriptors = AnyStates> extends TriggerContext<D> {
  /** The windows that became one, ascending; the record's own is not among them. Their states are read-only. */
  readonly merged: readonly { readonly window: TimeWindow; readonly state: StateOf<D> }[]
}

/** Timers of one window in one domain of time. */
export interface WindowTimers {
  /**
   * Asks to be called at `time`. The same time is one timer. An event-time timer is due when the watermark has reached it, a
   * processing-time timer when the job's clock has gone past it (as in Flink); a time that has passed is due at the next advance.
   *
   * @throws CORE_TIMESTAMP_INVALID for a time that is not a finite number.
   */
  register(time: number): void
  /** Takes the timer of this time back, if there is one. */
  delete(time: number): void
}
