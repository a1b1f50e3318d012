import { millisecondsOf, monthNumberOf } from './civil-date.ts'

/** Weeks start on Monday, as in ISO 8601; quarters with January, April, July and October. */
export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

/**
 * The units of a calendar, numbered: hours and days from 1970-01-01, weeks from Monday 1969-12-29, months, quarters and
 * years from the year 0. Times are local, in ms since 1970 as if in UTC.
 */
export interface NumberedUnits {
  /** The number of the unit that holds a time. */
  numberOf(local: number): number
  startOf(number: number): number
  /** The shortest and the longest that there are, in ms on the clock. */
  readonly shortestMs: number
  readonly longestMs: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const THURSDAY_MS = 3 * DAY_MS

export const CALENDAR_UNITS: Readonly<Record<CalendarUnit, NumberedUnits>> = {
  hour: fixed(HOUR_MS, 0),
  day: fixed(DAY_MS, 0),
  week: fixed(7 * DAY_MS, THURSDAY_MS),
  month: months(1, 28, 31),
  quarter: months(3, 90, 92),
  year: months(12, 365, 366),
}

function fixed(ms: number, before: number): NumberedUnits {
  return {
    numberOf: (local) => Math.floor((local + before) / ms),
    startOf: (number) => number * ms - before,
    shortestMs: ms,
    longestMs: ms,
  }
}

function months(count: number, shortestDays: number, longestDays: number): NumberedUnits {
  return {
    numberOf: (local) => Math.floor(monthNumberOf(local) / count),
    startOf(number) {
      const month = number * count
      const year = Math.floor(month / 12)
      return millisecondsOf(year, month - year * 12 + 1, 1)
    },
    shortestMs: shortestDays * DAY_MS,
    longestMs: longestDays * DAY_MS,
  }
}
