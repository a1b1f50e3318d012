import { count, sum, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

interface TenSeconds {
  readonly readings: number
}

export const windowOverWindow: FlinkJob = {
  name: 'window over window',
  shows: 'a result has the time of its last millisecond, so that it falls in the right window of the next step',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), seed: 6 }),
  sql: `
    WITH ten_seconds AS (
      SELECT patient, window_time AS ts, COUNT(*) AS readings
      FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      GROUP BY patient, window_start, window_end, window_time
    )
    SELECT patient, window_time AS last_ms, COUNT(*) AS windows, SUM(readings) AS readings
    FROM TABLE(TUMBLE(TABLE ten_seconds, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY patient, window_start, window_end, window_time`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('10s'))
      .aggregate({ readings: count() })
      .keyBy((result) => result.key)
      .window(tumblingEventTimeWindows('1m'))
      .aggregate({ windows: count(), readings: sum((result: TenSeconds) => result.readings) })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        windows: result.windows,
        readings: result.readings ?? null,
      })),
}
