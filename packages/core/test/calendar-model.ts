/**
 * What the clocks of a zone show, minute by minute, and what that makes of its days: written from the rule, not from offsets.
 * A unit goes on until clocks show the next one (or a later one) for the first time, whatever they show in between.
 */
export interface ClockWalk {
  readonly timeZone: string
  /** The first minute of the walk. */
  readonly from: number
  /** At each minute the latest that clocks have shown so far, in ms since 1970 as if in UTC. */
  readonly shown: readonly number[]
}

const MINUTE_MS = 60_000

export function walkClocks(timeZone: string, from: number, to: number, stepMs = MINUTE_MS): ClockWalk {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const shown: number[] = []
  let latest = Number.NEGATIVE_INFINITY
  for (let time = from; time < to; time += stepMs) {
    // 2026-03-29 03:00:00
    latest = Math.max(latest, Date.parse(`${format.format(time).replace(' ', 'T')}Z`))
    shown.push(latest)
  }
  return { timeZone, from, shown }
}

/** The units that start within a walk, and when: `label` says what the clocks' reading belongs to. */
export function unitStarts(walk: ClockWalk, offsetMs: number, label: (shown: Date) => string): number[] {
  const starts: number[] = []
  let before: string | undefined
  walk.shown.forEach((shown, minute) => {
    const now = label(new Date(shown - offsetMs))
    if (before !== undefined && now !== before) starts.push(walk.from + minute * MINUTE_MS)
    before = now
  })
  return starts
}

/** What a moment belongs to, as text. */
export const LABELS = {
  hour: (shown: Date): string => shown.toISOString().slice(0, 13),
  day: (shown: Date): string => shown.toISOString().slice(0, 10),
  week: (shown: Date): string => {
    const monday = new Date(shown)
    monday.setUTCDate(shown.getUTCDate() - ((shown.getUTCDay() + 6) % 7))
    return monday.toISOString().slice(0, 10)
  },
  month: (shown: Date): string => shown.toISOString().slice(0, 7),
  quarter: (shown: Date): string => `${shown.getUTCFullYear()} ${Math.floor(shown.getUTCMonth() / 3)}`,
  year: (shown: Date): string => String(shown.getUTCFullYear()),
} as const

/** Days about which clocks change in some way that has broken calendars before. */
export const CHANGES: readonly (readonly [timeZone: string, day: string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  // No midnight: clocks go from 24:00 to 01:00.
  ['America/Sao_Paulo', '2018-11-04'],
  // 24:00 is 23:00 once more.
  ['America/Sao_Paulo', '2018-02-18'],
  ['Asia/Beirut', '2022-03-27'],
  // Back at 00:01, so that the day before comes again for 59 minutes.
  ['America/St_Johns', '2010-11-07'],
  ['America/St_Johns', '2010-03-14'],
  // By half an hour.
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  // 45 minutes off.
  ['Asia/Kathmandu', '2026-05-05'],
  ['Pacific/Chatham', '2026-04-05'],
  ['Asia/Kolkata', '2026-01-01'],
  // A day that is not there, and the day at the end of a month.
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Kiritimati', '1994-12-31'],
  ['Africa/Cairo', '2010-09-10'],
  ['Antarctica/Troll', '2026-03-29'],
  ['America/Caracas', '2016-05-01'],
  ['UTC', '2024-02-29'],
]
