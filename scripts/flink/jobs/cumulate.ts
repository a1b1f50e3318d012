import { count, cumulativeEventTimeWindows, max } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const cumulate: FlinkJob = {
  name: 'cumulate',
  shows: 'windows that grow by half a minute up to five; a row that is late for the first of them counts in the others',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), latePercent: 6, seed: 14 }),
  sql: `
    SELECT patient, window_start AS first_ms, window_end AS end_ms, COUNT(*) AS readings, MAX(amount) AS high
    FROM TABLE(CUMULATE(TABLE readings, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '5' MINUTE))
    GROUP BY patient, window_start, window_end`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(cumulativeEventTimeWindows('5m', '30s')))
      .aggregate({ readings: count(), high: max((reading: Reading) => reading.amount) })
      .map((result) => ({
        patient: result.key,
        first_ms: result.window.start,
        end_ms: result.window.end,
        readings: result.readings,
        high: result.high ?? null,
      })),
}
