import { count, slidingEventTimeWindows, sum } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const hopUneven: FlinkJob = {
  name: 'hop, uneven',
  shows: 'sliding windows whose size is no multiple of the slide (a group window: a table function refuses them)',
  readings: wardReadings({ rows: 4_000, from: Date.UTC(2026, 0, 1), latePercent: 6, seed: 4 }),
  sql: `
    SELECT patient, HOP_ROWTIME(ts, INTERVAL '7' SECOND, INTERVAL '30' SECOND) AS last_ms,
      COUNT(*) AS readings, SUM(\`count\`) AS total
    FROM readings
    GROUP BY patient, HOP(ts, INTERVAL '7' SECOND, INTERVAL '30' SECOND)`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(slidingEventTimeWindows('30s', '7s')))
      .aggregate({ readings: count(), total: sum((reading: Reading) => reading.count) })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        total: result.total ?? null,
      })),
}
