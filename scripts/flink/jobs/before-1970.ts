import { count, min, slidingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const before1970: FlinkJob = {
  name: 'before 1970',
  shows: 'negative times fall in the windows that hold them (none are late: Flink has no watermark below 0)',
  readings: wardReadings({ rows: 2_000, from: -600_000, latePercent: 0, seed: 8 }),
  sql: `
    SELECT patient, window_time AS last_ms, COUNT(*) AS readings, MIN(amount) AS low
    FROM TABLE(HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '60' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  hasLate: false,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(slidingEventTimeWindows('60s', '20s'))
      .aggregate({ readings: count(), low: min((reading: Reading) => reading.amount) })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        low: result.low ?? null,
      })),
}
