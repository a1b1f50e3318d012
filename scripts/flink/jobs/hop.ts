import { count, max, min, slidingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const hop: FlinkJob = {
  name: 'hop',
  shows: 'sliding windows; a row that is late for some of its windows counts in the others',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), latePercent: 10, seed: 3 }),
  sql: `
    SELECT patient, window_time AS last_ms, COUNT(*) AS readings, MIN(amount) AS low, MAX(amount) AS high
    FROM TABLE(HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '60' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(slidingEventTimeWindows('60s', '10s')))
      .aggregate({
        readings: count(),
        low: min((reading: Reading) => reading.amount),
        high: max((reading: Reading) => reading.amount),
      })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        low: result.low ?? null,
        high: result.high ?? null,
      })),
}
