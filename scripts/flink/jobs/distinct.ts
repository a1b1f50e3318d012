import { count, countDistinct, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const distinct: FlinkJob = {
  name: 'distinct',
  shows: 'distinct texts, numbers (nulls are none), and values of some of the rows',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), seed: 15 }),
  sql: `
    SELECT kind, window_time AS last_ms, COUNT(*) AS readings,
      COUNT(DISTINCT patient) AS patients, COUNT(DISTINCT amount) AS amounts,
      COUNT(DISTINCT patient) FILTER (WHERE \`count\` < 300) AS low_patients
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '20' SECOND))
    GROUP BY kind, window_start, window_end, window_time`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.kind)
      .window(tumblingEventTimeWindows('20s'))
      .aggregate({
        readings: count(),
        patients: countDistinct((reading: Reading) => reading.patient),
        amounts: countDistinct((reading: Reading) => reading.amount),
        lowPatients: countDistinct((reading: Reading) => (reading.count < 300 ? reading.patient : null)),
      })
      .map((result) => ({
        kind: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        patients: result.patients,
        amounts: result.amounts,
        low_patients: result.lowPatients,
      })),
}
