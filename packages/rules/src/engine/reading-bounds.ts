import { MillraceRulesError } from '../errors.ts'
import { type Duration, durationMs } from '../expression/duration.ts'
import { describe } from '../schema/problems.ts'

/** How far a reading's time may be from what is expected. */
export interface ReadingBoundsOptions {
  /**
   * How far a reading's time may be ahead of the job's clock. One further ahead is rejected (READING_TIME_AHEAD): it would
   * make all that follow look old. By default there is no bound.
   */
  readonly maxAhead?: Duration
  /**
   * How far a reading may be behind its patient's clock, by event time, and still be put in its place: what was told without it is
   * corrected. It costs memory: of each patient the readings of up to twice that time, and their state twice more. By default a reading
   * that is older than its signal's last changes nothing.
   */
  readonly allowedLateness?: Duration
}

export interface ReadingBounds {
  readonly maxAheadMs: number
  /** 0 where late readings are not put in their place. */
  readonly allowedLatenessMs: number
}

/** @throws RULES_OPTION_INVALID for a bound that is no duration. */
export function readingBounds({ maxAhead, allowedLateness }: ReadingBoundsOptions): ReadingBounds {
  return {
    maxAheadMs: boundOf('maxAhead', maxAhead) ?? Infinity,
    allowedLatenessMs: boundOf('allowedLateness', allowedLateness) ?? 0,
  }
}

function boundOf(name: keyof ReadingBoundsOptions, given: Duration | undefined): number | undefined {
  const ms = given === undefined ? undefined : durationMs(given)
  if (given === undefined || ms !== undefined) return ms
  throw new MillraceRulesError('RULES_OPTION_INVALID', `${name} ${describe(given)} is no duration`)
}
