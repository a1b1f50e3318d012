import { count, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const tumbleOffset: FlinkJob = {
  name: 'tumble with an offset',
  shows: 'windows begin at 17 seconds past the minute',
  readings: wardReadings({ rows: 4_000, from: Date.UTC(2026, 1, 28, 23, 50), seed: 2 }),
  sql: `
    SELECT patient, window_time AS last_ms, COUNT(*) AS readings
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '17' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('1m', { offset: '17s' }))
      .aggregate({ readings: count() })
      .map((result) => ({ patient: result.key, last_ms: result.window.end - 1, readings: result.readings })),
}
