import { count, key, keyParts, max, mean, min, sum, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const tumble: FlinkJob = {
  name: 'tumble',
  shows: 'fixed windows drop what is late; nulls are skipped, and a window of nulls has no mean',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1) }),
  sql: `
    SELECT patient, kind, window_time AS last_ms, COUNT(*) AS readings,
      MIN(amount) AS low, MAX(amount) AS high, AVG(amount) AS average, SUM(\`count\`) AS total
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY patient, kind, window_start, window_end, window_time`,
  near: ['average'],
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => key(reading.patient, reading.kind)).window(tumblingEventTimeWindows('1m')))
      .aggregate({
        readings: count(),
        low: min((reading: Reading) => reading.amount),
        high: max((reading: Reading) => reading.amount),
        average: mean((reading: Reading) => reading.amount),
        total: sum((reading: Reading) => reading.count),
      })
      .map((result) => {
        const [patient, kind] = keyParts(result.key) as string[]
        return {
          patient: patient ?? null,
          kind: kind ?? null,
          last_ms: result.window.end - 1,
          readings: result.readings,
          low: result.low ?? null,
          high: result.high ?? null,
          average: result.average ?? null,
          total: result.total ?? null,
        }
      }),
}
