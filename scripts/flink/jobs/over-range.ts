import { count, max, mean } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const overRange: FlinkJob = {
  name: 'over range',
  shows: 'the last half minute as of each row, both ends and all rows of its own time included',
  readings: wardReadings({ rows: 5_000, from: Date.UTC(2026, 0, 1), seed: 20 }),
  sql: `
    SELECT patient, kind, \`at\`, \`count\`, COUNT(*) OVER last_rows AS readings,
      MAX(amount) OVER last_rows AS high, AVG(amount) OVER last_rows AS average
    FROM readings
    WHERE CURRENT_WATERMARK(ts) IS NULL OR ts > CURRENT_WATERMARK(ts)
    WINDOW last_rows AS (
      PARTITION BY patient ORDER BY ts RANGE BETWEEN INTERVAL '30' SECOND PRECEDING AND CURRENT ROW
    )`,
  near: ['average'],
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .over({ last: '30s' })
      .aggregate({
        readings: count(),
        high: max((reading: Reading) => reading.amount),
        average: mean((reading: Reading) => reading.amount),
      })
      .map(({ value: { patient, kind, at, count: n }, readings: seen, high, average }) => ({
        ...{ patient, kind, at, count: n },
        readings: seen,
        high: high ?? null,
        average: average ?? null,
      })),
}
