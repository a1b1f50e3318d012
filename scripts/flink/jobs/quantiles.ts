import { median, quantile, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const quantiles: FlinkJob = {
  name: 'quantiles',
  shows: 'between two values a quantile is on the line between them; nulls are none',
  readings: wardReadings({ rows: 5_000, from: Date.UTC(2026, 0, 1), seed: 24 }),
  sql: `
    SELECT patient, window_time AS last_ms, PERCENTILE(amount, 0.5) AS middle,
      PERCENTILE(amount, 0.9) AS high, PERCENTILE(amount, 0) AS lowest
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '45' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  near: ['middle', 'high', 'lowest'],
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('45s'))
      .aggregate({
        middle: median((reading: Reading) => reading.amount),
        high: quantile((reading: Reading) => reading.amount, 0.9),
        lowest: quantile((reading: Reading) => reading.amount, 0),
      })
      .map(({ key: patient, window, middle, high, lowest }) => ({
        patient,
        last_ms: window.end - 1,
        middle: middle ?? null,
        high: high ?? null,
        lowest: lowest ?? null,
      })),
}
