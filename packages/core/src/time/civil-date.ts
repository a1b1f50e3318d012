const DAY_MS = 86_400_000

/**
 * The start of a day of the Gregorian calendar, carried on in both directions, in ms since 1970 as if in UTC. Also beyond
 * the dates that a `Date` has. Months count from 1.
 *
 * Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
 */
export function millisecondsOf(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is the last.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return (era * 146_097 + dayOfEra - 719_468) * DAY_MS
}

/** The month that holds a time, as `year * 12 + month - 1`. The other way round from `millisecondsOf`. */
export function monthNumberOf(ms: number): number {
  const days = Math.floor(ms / DAY_MS) + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  return (yearOfEra + era * 400) * 12 + monthFromMarch + 2
}
