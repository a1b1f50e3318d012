import { MillraceConnectorError } from '../errors.ts'

/** `hive`: `year=2026/month=11/day=26/hour=14`, which query engines read as columns; `plain`: `2026/11/26/14`. Always UTC. */
export type S3Layout = 'hive' | 'plain'

export const HOUR_MS: number = 3_600_000
const FIRST_MS = utc(0, 0, 1)
const END_MS = utc(10_000, 0, 1)

/** The hour that holds a time, in ms. @throws S3_TIME_INVALID for a time that is none, or has no year of four digits. */
export function hourOf(time: number): number {
  if (time >= FIRST_MS && time < END_MS) return Math.floor(time / HOUR_MS) * HOUR_MS
  const what = Number.isFinite(time) ? 'a time outside of the years 0 to 9999' : 'no time'
  throw new MillraceConnectorError('S3_TIME_INVALID', `a record has ${what}, so it belongs to no hour`)
}

/** The folder of the hour that begins at `hour`. */
export function hourFolder(layout: S3Layout, hour: number): string {
  return folderParts(layout, hour).join('/')
}

/** Year, month, day and hour as they stand in a key. */
function folderParts(layout: S3Layout, hour: number): readonly string[] {
  const date = new Date(hour)
  const named = [
    ['year', String(date.getUTCFullYear()).padStart(4, '0')],
    ['month', twoDigits(date.getUTCMonth() + 1)],
    ['day', twoDigits(date.getUTCDate())],
    ['hour', twoDigits(date.getUTCHours())],
  ] as const
  return named.map(([name, digits]) => (layout === 'hive' ? `${name}=${digits}` : digits))
}

/**
 * The fewest folders that hold the hours from `from` up to, and without, `to`: a whole year, month or day is one.
 *
 * ```
 *   22:00 ─────────────────────────────► 02:00 two days later
 *   …/day=01/hour=22  …/day=01/hour=23  …/day=02  …/day=03/hour=00  …/day=03/hour=01
 * ```
 */
export function foldersBetween(layout: S3Layout, from: number, to: number): readonly string[] {
  const folders: string[] = []
  for (let at = from; at < to; ) {
    const [depth, end] = largestFolder(at, to)
    folders.push(folderParts(layout, at).slice(0, depth).join('/'))
    at = end
  }
  return folders
}

function largestFolder(at: number, to: number): readonly [depth: number, end: number] {
  const date = new Date(at)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const ends = [utc(year + 1, 0, 1), utc(year, month + 1, 1), utc(year, month, day + 1)]
  const starts = [utc(year, 0, 1), utc(year, month, 1), utc(year, month, day)]
  const index = ends.findIndex((end, unit) => starts[unit] === at && end <= to)
  return index < 0 ? [4, at + HOUR_MS] : [index + 1, ends[index] as number]
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
