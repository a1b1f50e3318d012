import { count, min, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const refire: FlinkJob = {
  name: 'allowed lateness',
  shows:
    'a late row within the allowed lateness makes its window emit again, at once, all of its rows counted; later ones are dropped',
  readings: wardReadings({ rows: 4_000, from: Date.UTC(2026, 0, 1), latePercent: 10, seed: 13 }),
  settings: {
    'table.exec.emit.allow-lateness': '30 s',
    'table.exec.emit.late-fire.enabled': 'true',
    'table.exec.emit.late-fire.delay': '0 s',
  },
  sql: `
    SELECT patient, TUMBLE_ROWTIME(ts, INTERVAL '1' MINUTE) AS last_ms, COUNT(*) AS readings, MIN(amount) AS low
    FROM readings
    GROUP BY patient, TUMBLE(ts, INTERVAL '1' MINUTE)`,
  updates: true,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(tumblingEventTimeWindows('1m')))
      .allowedLateness('30s')
      .aggregate({ readings: count(), low: min((reading: Reading) => reading.amount) })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        low: result.low ?? null,
      })),
}
