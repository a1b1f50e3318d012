import { checkObject } from '../elements/check-given.ts'
import { type Duration, parseDuration, parsePositiveDuration } from './duration.ts'

/**
 * Each key on its own time: a device whose clock is behind, or whose readings come an hour late, is not late by the others.
 * An option of windows and keyed process functions.
 */
export interface PerKeyWatermarks {
  /** A key's watermark is the greatest timestamp of its records so far, less this, less 1 ms. */
  readonly maxDelay: Duration
  /**
   * A key that has given nothing for this long, by the job's clock, follows the input's watermark until its next record: its
   * windows close, and it no longer holds back what goes downstream. Its own time does not go back by that: one that was ahead
   * of the input waits for it. Without it a silent key's windows stay open until the end
   * of the input, and its clock is kept as long.
   */
  readonly idleAfter?: Duration
  /** A timestamp further ahead of the job's clock than this does not move its key's clock. Counted as `futureTimestamps`. */
  readonly maxFuture?: Duration
}

/** The same, as an operator's factory says it. In ms. */
export interface KeyClockSettings {
  readonly outOfOrdernessMs: number
  readonly idleAfterMs?: number
  readonly maxFutureMs?: number
}

/** @throws CORE_DURATION_INVALID for a duration that is none, or an `idleAfter` of 0. */
export function keyClockSettings(options: PerKeyWatermarks): KeyClockSettings {
  checkObject(options, 'perKeyWatermarks')
  const { maxDelay, idleAfter, maxFuture } = options
  return {
    outOfOrdernessMs: parseDuration(maxDelay, 'perKeyWatermarks.maxDelay'),
    ...(idleAfter === undefined ? {} : { idleAfterMs: parsePositiveDuration(idleAfter, 'perKeyWatermarks.idleAfter') }),
    ...(maxFuture === undefined ? {} : { maxFutureMs: parseDuration(maxFuture, 'perKeyWatermarks.maxFuture') }),
  }
}
