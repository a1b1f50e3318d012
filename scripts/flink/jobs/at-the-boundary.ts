import { count, sum, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'

const FROM = Date.UTC(2026, 0, 1)

/**
 * A window of a minute with five seconds of disorder: at 64.999 s its last rows are in time, at 65 s they are late. Each
 * row counts as a power of two, so that the sum says which of them were in.
 */
const TIMES = [
  0, 59_999, 60_000, 64_999, 59_999, 0, 64_999, 59_998, 65_000, 59_999, 0, 60_000, 124_999, 119_999,
].concat([125_000, 119_999, 120_000, 59_999, 185_000])

export const atTheBoundary: FlinkJob = {
  name: 'at the boundary',
  shows: 'to the millisecond: a window [start, end) fires, and what comes is late, when the watermark is at end - 1',
  readings: TIMES.map(
    (ms, i): Reading => ({ patient: 'p1', kind: 'spo2', amount: null, count: 2 ** i, at: FROM + ms }),
  ),
  sql: `
    SELECT window_time AS last_ms, COUNT(*) AS readings, SUM(\`count\`) AS which
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, window_time`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => reading.patient)
      .window(tumblingEventTimeWindows('1m'))
      .aggregate({ readings: count(), which: sum((reading: Reading) => reading.count) })
      .map((result) => ({
        last_ms: result.window.end - 1,
        readings: result.readings,
        which: result.which ?? null,
      })),
}
