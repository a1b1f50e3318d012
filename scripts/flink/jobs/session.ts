import { count, eventTimeSessionWindows, max } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

const FROM = Date.UTC(2026, 0, 1)

/**
 * `a` and `b` are in time, `c` comes when the watermark is at the last millisecond of the session it would make. Of `gap` two rows
 * are exactly a gap apart, two a millisecond further, and one joins two sessions.
 */
const AT_THE_EDGE: readonly Reading[] = (
  [
    ['a', 0],
    ['clock', 24_999],
    ['b', 0],
    ['clock', 25_000],
    ['c', 0],
    ...[40_000, 60_000, 80_001, 110_000, 95_000, 130_001, 150_000].map((ms) => ['gap', ms] as const),
  ] as const
).map(([patient, ms]) => ({ patient, kind: 'spo2', amount: ms, count: 1, at: FROM - 600_000 + ms }))

export const session: FlinkJob = {
  name: 'session',
  shows:
    'rows exactly a gap apart are in one session; a row in between joins two; a late row that reaches an open session joins it',
  readings: [...AT_THE_EDGE, ...wardReadings({ rows: 6_000, from: FROM, latePercent: 4, seed: 5 })],
  sql: `
    SELECT patient, window_start AS first_ms, window_end AS end_ms, COUNT(*) AS readings, MAX(amount) AS high
    FROM TABLE(SESSION(TABLE readings PARTITION BY patient, DESCRIPTOR(ts), INTERVAL '20' SECOND))
    GROUP BY patient, window_start, window_end`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(eventTimeSessionWindows('20s')))
      .aggregate({ readings: count(), high: max((reading: Reading) => reading.amount) })
      .map((result) => ({
        patient: result.key,
        first_ms: result.window.start,
        end_ms: result.window.end,
        readings: result.readings,
        high: result.high ?? null,
      })),
}
