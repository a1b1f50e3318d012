import { topN, tumblingEventTimeWindows } from '@millrace/core'
import type { Row } from '../compare-rows.ts'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const topPerWindow: FlinkJob = {
  name: 'top n per window',
  shows: 'the three highest of each window, in order; fewer where there are fewer',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), seed: 22 }),
  sql: `
    SELECT patient, window_end AS end_ms, place, amount
    FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, patient ORDER BY amount DESC) AS place
      FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '30' SECOND))
      WHERE amount IS NOT NULL
    )
    WHERE place <= 3`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('30s'))
      .aggregate({
        highest: topN(3, { by: (reading: Reading) => reading.amount, value: (reading: Reading) => reading.amount }),
      })
      .flatMap(({ key: patient, window, highest }) =>
        highest.map((amount, i): Row => ({ patient, end_ms: window.end, place: i + 1, amount })),
      ),
}
