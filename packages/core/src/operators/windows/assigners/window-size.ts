import { checkObject, shown } from '../../../elements/check-given.ts'
import { MillraceError } from '../../../errors.ts'
import { type Duration, parseDuration } from '../../../time/duration.ts'

/** Options of aligned windows. */
export interface WindowOptions {
  /** Moves all windows: `'6h'` makes days that start at 06:00 UTC. Closer to 0 than the slide. Default 0. */
  readonly offset?: Duration
}

/** With timestamps of at most ±8.64e15 ms, windows of up to this size start and end at whole numbers that a double holds. */
export const LONGEST_MS = 1e14

/** A size, slide or gap in ms. @throws CORE_WINDOW_INVALID unless it is a positive whole number, at most 1e14. */
export function windowSize(duration: Duration, what: string): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration, what)
  if (Number.isInteger(ms) && ms > 0 && ms <= LONGEST_MS) return ms
  throw new MillraceError('CORE_WINDOW_INVALID', `${what} was ${quoted(duration)}`)
}

/** The offset that is asked for, if one is. @throws CORE_WINDOW_INVALID */
export function offsetOf(options: WindowOptions, period: number): number {
  checkObject(options, "a window's options", [], 'CORE_WINDOW_INVALID')
  return windowOffset(options.offset ?? 0, period)
}

/** An offset, as what is left of it modulo `period`: -8 h into a day is 16 h. @throws CORE_WINDOW_INVALID */
export function windowOffset(duration: Duration, period: number): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration, "a window's offset")
  if (Number.isInteger(ms) && Math.abs(ms) < period) return ms < 0 ? ms + period : ms
  throw new MillraceError(
    'CORE_WINDOW_INVALID',
    `a window's offset was ${quoted(duration)}, and has to be a whole number of ms closer to 0 than ${period}`,
  )
}

function quoted(duration: Duration): string {
  return typeof duration === 'string' ? `'${duration}'` : shown(duration)
}
