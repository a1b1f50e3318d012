import { count, max, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const unionAll: FlinkJob = {
  name: 'union all',
  shows: 'the watermark of two streams is the lesser: the one that is behind is not late',
  readings: wardReadings({ rows: 3_000, from: Date.UTC(2026, 0, 1), latePercent: 0, seed: 9 }),
  others: wardReadings({ rows: 3_000, from: Date.UTC(2026, 0, 1, 0, 5), latePercent: 0, stepMs: 900, seed: 10 }),
  sql: `
    WITH both_wards AS (SELECT * FROM readings UNION ALL SELECT * FROM others)
    SELECT patient, window_time AS last_ms, COUNT(*) AS readings, MAX(amount) AS high
    FROM TABLE(TUMBLE(TABLE both_wards, DESCRIPTOR(ts), INTERVAL '30' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  hasLate: false,
  here: (readings, others) =>
    readings
      .union(others)
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('30s'))
      .aggregate({ readings: count(), high: max((reading: Reading) => reading.amount) })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        high: result.high ?? null,
      })),
}
