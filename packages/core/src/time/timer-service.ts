/** Timers of the current key, in one domain of time. Timers are part of every snapshot. */
export interface TimerRegistry {
  /**
   * Adds a timer for the current key. The same (key, time, name) is one timer, however often it is registered. A time
   * that has passed already fires at the domain's next advance.
   *
   * @throws CORE_TIMESTAMP_INVALID for a time that is not a finite number.
   */
  register(time: number, name?: string): void
  /** Removes the timer with exactly this time and name, if there is one. */
  delete(time: number, name?: string): void
  /** Makes `time` the only timer of this name: cheap when a timer is moved again and again. */
  replace(name: string, time: number): void
  /** Removes every timer of this name of the current key. */
  cancel(name: string): void
}

/** Event-time timers fire when the watermark reaches them, processing-time timers when the job's clock does. */
export interface TimerService {
  readonly eventTime: TimerRegistry
  readonly processingTime: TimerRegistry
}

export type TimeDomain = 'event-time' | 'processing-time'

/** A timer as it fires. Timers of one time fire in the order (time, key, name). */
export interface FiredTimer {
  readonly time: number
  readonly name: string
  readonly domain: TimeDomain
}
