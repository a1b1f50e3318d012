import { calendarWindows, count, sum } from '@millrace/core'
import type { Row } from '../compare-rows.ts'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

const ZONE = 'Europe/Berlin'

/** Two days around each of the year's two changes of the clocks. */
function aroundChanges(seed: number): readonly Reading[] {
  const days = { rows: 4_000, stepMs: 120_000, latePercent: 6, lateMs: 6 * 3_600_000 }
  return [
    ...wardReadings({ ...days, from: Date.UTC(2026, 2, 28, 12), seed }),
    ...wardReadings({ ...days, from: Date.UTC(2026, 9, 24, 12), seed: seed + 1 }),
  ]
}

export const calendarDays: FlinkJob = {
  name: 'calendar days',
  shows: 'a day in Berlin has 23, 24 or 25 hours',
  readings: aroundChanges(16),
  settings: { 'table.local-time-zone': ZONE },
  sql: `
    SELECT patient, window_start AS starts_on_clock, window_end AS ends_on_clock, COUNT(*) AS readings, SUM(\`count\`) AS total
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' DAY))
    GROUP BY patient, window_start, window_end`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(calendarWindows('day', { timeZone: ZONE })))
      .aggregate({ readings: count(), total: sum((reading: Reading) => reading.count) })
      .map(
        ({ key: patient, window, readings: n, total }): Row => ({
          patient,
          starts_on_clock: onClock(window.start),
          ends_on_clock: onClock(window.end),
          readings: n,
          total: total ?? null,
        }),
      ),
}

export const calendarHours: FlinkJob = {
  name: 'calendar hours',
  shows: 'an hour that clocks in Berlin show twice is one window of two hours',
  readings: aroundChanges(18),
  settings: { 'table.local-time-zone': ZONE },
  sql: `
    SELECT patient, window_start AS starts_on_clock, COUNT(*) AS readings, SUM(\`count\`) AS total
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' HOUR))
    GROUP BY patient, window_start, window_end`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(calendarWindows('hour', { timeZone: ZONE })))
      .aggregate({ readings: count(), total: sum((reading: Reading) => reading.count) })
      .map(
        ({ key: patient, window, readings: n, total }): Row => ({
          patient,
          starts_on_clock: onClock(window.start),
          readings: n,
          total: total ?? null,
        }),
      ),
}

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'medium' })

/** What clocks in Berlin show, as SQL's windows give it: as if they showed UTC, in ms since 1970. */
function onClock(time: number): number {
  return Date.parse(`${clock.format(time).replace(' ', 'T')}Z`)
}
