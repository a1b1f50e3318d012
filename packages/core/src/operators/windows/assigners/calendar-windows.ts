import { checkObject, shown } from '../../../elements/check-given.ts'
import { MillraceError } from '../../../errors.ts'
import { CALENDAR_UNITS, type CalendarUnit } from '../../../time/calendar-unit.ts'
import type { Duration } from '../../../time/duration.ts'
import { type CalendarUnits, calendarSlices } from './calendar-slices.ts'
import { type CumulativeWindows, cumulativeWindows } from './cumulative-event-time-windows.ts'
import { cumulativeSlices } from './cumulative-slices.ts'
import { SLICED, type SlicedWindows, windowsBySlices } from './slice-scheme.ts'
import { LONGEST_MS, windowOffset, windowSize } from './window-size.ts'

/** Options of windows that follow a calendar. */
export interface CalendarOptions {
  /** An IANA name, such as `'Europe/Berlin'`, or an offset, such as `'+05:30'`. */
  readonly timeZone: string
  /**
   * Moves the edges on the clock: `'6h'` makes days that start when clocks show 06:00, `-86_400_000` weeks that start on Sunday.
   * Closer to 0 than the shortest unit of the kind. Default 0.
   */
  readonly offset?: Duration
}

/** Windows whose edges are those of a calendar in a time zone. Immutable. */
export interface CalendarWindows extends SlicedWindows {
  readonly kind: 'tumbling' | 'sliding'
}

/**
 * Assigns each record to the hour, day, week, month, quarter or year of a time zone that holds its event timestamp: a day in
 * Berlin has 23, 24 or 25 hours, a month 28 to 31 days. Weeks start on Monday.
 *
 * A unit starts at the first moment at which the zone's clocks show its start or more. So a day without a midnight starts when
 * the clocks go forward, and an hour that clocks show twice is one window of two hours. See decision 0015. The time zones are
 * those of the runtime, which knows past changes and today's rules for the future.
 *
 * One accumulator is kept for each key and open window, and freed once the watermark passes `end - 1 + allowedLateness`.
 *
 * @throws CORE_WINDOW_INVALID for a unit, a time zone or an offset that cannot be.
 * @example
 * ```ts
 * import { calendarWindows } from '@millrace/core'
 *
 * const days = calendarWindows('day', { timeZone: 'Europe/Berlin' })
 * const [dst] = days.assign(Date.UTC(2026, 2, 29, 12))
 * new Date(dst?.start ?? 0).toISOString() // => '2026-03-28T23:00:00.000Z'
 * new Date(dst?.end ?? 0).toISOString() // => '2026-03-29T22:00:00.000Z'
 * ```
 */
export function calendarWindows(unit: CalendarUnit, options: CalendarOptions): CalendarWindows {
  const units = calendarUnits(unit, options)
  return calendarOf('tumbling', units, `1 ${unit}`, 1, 1)
}

/**
 * Assigns each record to every window of `size` calendar units that holds its event timestamp; one starts each `slide` units:
 * the last seven days of a ward, anew at each local midnight. See `calendarWindows` for where units start.
 *
 * Windows start at units whose number is a multiple of the slide: days and hours count from 1970-01-01, weeks from Monday
 * 1969-12-29, months, quarters and years from the year 0. A unit that the zone skipped counts, with nothing in it.
 *
 * A record enters one slice, which its windows share, as in `slidingEventTimeWindows`.
 *
 * @throws CORE_WINDOW_INVALID unless size and slide are positive whole numbers, the slide at most the size; and as
 * `calendarWindows`.
 * @example
 * ```ts
 * import { slidingCalendarWindows } from '@millrace/core'
 *
 * const months = slidingCalendarWindows('month', 3, 1, { timeZone: 'UTC' })
 * months.assign(Date.UTC(2026, 1, 10)).map(({ start }) => new Date(start).getUTCMonth()) // => [11, 0, 1]
 * ```
 */
export function slidingCalendarWindows(
  unit: CalendarUnit,
  size: number,
  slide: number,
  options: CalendarOptions,
): CalendarWindows {
  const units = calendarUnits(unit, options)
  const largest = Math.floor(LONGEST_MS / CALENDAR_UNITS[unit].longestMs)
  for (const [what, n] of [
    ['size', size],
    ['slide', slide],
  ] as const) {
    if (Number.isInteger(n) && n > 0 && n <= largest) continue
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `a window's ${what} was ${n}, not 1 to ${largest} in units of a ${unit}`,
    )
  }
  if (slide > size) {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `windows of ${size} were to start every ${slide}, in units of a ${unit}`,
    )
  }
  return calendarOf('sliding', units, `${size} every ${slide} ${unit}`, size, slide)
}

/**
 * Assigns each record to the windows of its calendar unit that end after it; they all start with the unit, and each ends a `step`
 * later than the one before, the last one with the unit: the day in Berlin so far, anew each hour. See `calendarWindows` for
 * where units start, `cumulativeEventTimeWindows` for what a window holds.
 *
 * Steps are elapsed time from the unit's start: a day of 23 hours has 23 windows at a step of `'1h'`, and its last one is shorter
 * where the step does not fit.
 *
 * @throws CORE_WINDOW_INVALID unless the step is a positive whole number of ms, at most the unit's shortest; and as
 * `calendarWindows`.
 * @example
 * ```ts
 * import { cumulativeCalendarWindows } from '@millrace/core'
 *
 * const days = cumulativeCalendarWindows('day', '1h', { timeZone: 'Europe/Berlin' })
 * days.assign(Date.UTC(2026, 2, 28, 23)).length // => 23
 * days.assign(Date.UTC(2026, 9, 24, 22)).length // => 25
 * ```
 */
export function cumulativeCalendarWindows(
  unit: CalendarUnit,
  step: Duration,
  options: CalendarOptions,
): CumulativeWindows {
  const units = calendarUnits(unit, options)
  const stepMs = windowSize(step, "a window's step")
  if (stepMs > CALENDAR_UNITS[unit].shortestMs) {
    throw new MillraceError('CORE_WINDOW_INVALID', `windows within a ${unit} were to grow by ${stepMs} ms`)
  }
  return cumulativeWindows(
    `up to 1 ${unit} by ${stepMs} ms${placeOf(units)}`,
    cumulativeSlices(calendarSlices(units, 1, 1), stepMs),
  )
}

function calendarUnits(unit: CalendarUnit, options: CalendarOptions): CalendarUnits {
  if (!Object.hasOwn(CALENDAR_UNITS, unit)) {
    throw new MillraceError(
      'CORE_WINDOW_INVALID',
      `a window's calendar unit was ${shown(unit)}; there are ${Object.keys(CALENDAR_UNITS).join(', ')}`,
    )
  }
  checkObject(options, 'the options of calendar windows', [], 'CORE_WINDOW_INVALID')
  const { timeZone, offset = 0 } = options
  if (typeof timeZone !== 'string') {
    throw new MillraceError('CORE_WINDOW_INVALID', `a window's time zone was ${shown(timeZone)}`)
  }
  try {
    new Intl.DateTimeFormat('en-US', { timeZone })
  } catch (cause) {
    throw new MillraceError('CORE_WINDOW_INVALID', `a window's time zone was ${JSON.stringify(timeZone)}`, { cause })
  }
  const period = CALENDAR_UNITS[unit].shortestMs
  const ms = windowOffset(offset, period)
  // A day that starts 8 hours before midnight is not one that starts at 16:00 of the same date; a month even less so.
  return { unit, timeZone, offsetMs: typeof offset === 'number' && offset < 0 ? ms - period : ms }
}

function calendarOf(
  kind: CalendarWindows['kind'],
  units: CalendarUnits,
  detail: string,
  size: number,
  slide: number,
): CalendarWindows {
  const slices = calendarSlices(units, size, slide)
  return Object.freeze({
    kind,
    detail: `${detail}${placeOf(units)}`,
    slices,
    ...SLICED,
    assign: (timestamp: number) => windowsBySlices(slices, timestamp),
  })
}

function placeOf({ timeZone, offsetMs }: CalendarUnits): string {
  return ` in ${timeZone}${offsetMs === 0 ? '' : ` from ${offsetMs} ms`}`
}
