import { count, slidingEventTimeWindows, variance } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const spread: FlinkJob = {
  name: 'spread',
  shows: 'the sample variance of one reading is null, its population variance 0',
  readings: wardReadings({ rows: 4_000, from: Date.UTC(2026, 0, 1), seed: 12 }),
  sql: `
    SELECT patient, window_time AS last_ms, COUNT(amount) AS readings,
      VAR_SAMP(amount) AS sample, VAR_POP(amount) AS population, STDDEV_SAMP(amount) AS deviation
    FROM TABLE(HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '15' SECOND, INTERVAL '30' SECOND))
    GROUP BY patient, window_start, window_end, window_time`,
  near: ['sample', 'population', 'deviation'],
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(slidingEventTimeWindows('30s', '15s'))
      .aggregate({
        readings: count((reading: Reading) => reading.amount),
        sample: variance((reading: Reading) => reading.amount),
        population: variance((reading: Reading) => reading.amount, { population: true }),
      })
      .map((result) => ({
        patient: result.key,
        last_ms: result.window.end - 1,
        readings: result.readings,
        sample: result.sample ?? null,
        population: result.population ?? null,
        deviation: result.sample === undefined ? null : Math.sqrt(result.sample),
      })),
}
