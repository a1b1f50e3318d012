import { count, mean, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

interface Saturation {
  readonly bed: string
  readonly share: number
}

export const filtered: FlinkJob = {
  name: 'filter and projection',
  shows: 'rows that a filter drops move the watermark all the same, and so make others late',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), latePercent: 10, seed: 11 }),
  sql: `
    WITH saturations AS (
      SELECT 'bed ' || patient AS bed, amount / 200 AS share, ts FROM readings WHERE kind = 'spo2' AND amount >= 50
    )
    SELECT bed, window_time AS last_ms, COUNT(*) AS readings, AVG(share) AS average
    FROM TABLE(TUMBLE(TABLE saturations, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY bed, window_start, window_end, window_time
    HAVING COUNT(*) > 1`,
  near: ['average'],
  hasLate: true,
  here: (readings) =>
    readings
      .filter((reading) => reading.kind === 'spo2' && reading.amount !== null && reading.amount >= 50)
      .map((reading: Reading) => ({ bed: `bed ${reading.patient}`, share: (reading.amount ?? 0) / 200 }))
      .keyBy((saturation) => saturation.bed)
      .window(tumblingEventTimeWindows('1m'))
      .aggregate({ readings: count(), average: mean((saturation: Saturation) => saturation.share) })
      .filter((result) => result.readings > 1)
      .map((result) => ({
        bed: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        average: result.average ?? null,
      })),
}
