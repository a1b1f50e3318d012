import { max, min, sum } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const overRows: FlinkJob = {
  name: 'over rows',
  shows: 'the last five rows as of each row, those of one time in the order in which they came',
  readings: wardReadings({ rows: 5_000, from: Date.UTC(2026, 0, 1), seed: 21 }),
  sql: `
    SELECT patient, kind, \`at\`, \`count\`, SUM(\`count\`) OVER last_rows AS total,
      MIN(amount) OVER last_rows AS low, MAX(amount) OVER last_rows AS high
    FROM readings
    WHERE CURRENT_WATERMARK(ts) IS NULL OR ts > CURRENT_WATERMARK(ts)
    WINDOW last_rows AS (PARTITION BY patient ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .over({ rows: 5 })
      .aggregate({
        total: sum((reading: Reading) => reading.count),
        low: min((reading: Reading) => reading.amount),
        high: max((reading: Reading) => reading.amount),
      })
      .map(({ value: { patient, kind, at, count }, total, low, high }) => ({
        ...{ patient, kind, at, count },
        total: total ?? null,
        low: low ?? null,
        high: high ?? null,
      })),
}
