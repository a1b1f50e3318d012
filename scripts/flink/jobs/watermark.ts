import type { ProcessContext } from '@millrace/core'
import type { Row } from '../compare-rows.ts'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const watermark: FlinkJob = {
  name: 'watermark',
  shows: 'the watermark that each row meets: that of the rows before it, its own not counted',
  readings: wardReadings({ rows: 3_000, from: Date.UTC(2026, 0, 1), seed: 7 }),
  sql: 'SELECT `at`, CURRENT_WATERMARK(ts) AS met FROM readings',
  hasLate: false,
  here: (readings) =>
    readings.process({
      processRecord(reading: Reading, ctx: ProcessContext<Row>) {
        const met = ctx.currentWatermark()
        ctx.emit({ at: reading.at, met: Number.isFinite(met) ? met : null })
      },
    }),
}
