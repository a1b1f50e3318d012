import { count, slidingEventTimeWindows, sum, tumblingEventTimeWindows } from '@millrace/core'
import type { FlinkJob, Reading } from '../flink-job.ts'

const FROM = Date.UTC(2026, 0, 1)

/**
 * With five seconds of disorder the watermark reaches the last millisecond of a minute at 65 s. Rows of 64.999 s and of 65 s come, and
 * so for the ends of other windows, and behind each of them rows that are just in time or just late. Each row counts as a
 * power of two, so that a sum says which of them were in.
 */
function rowsAt(times: readonly number[]): Reading[] {
  return times.map((ms, i) => ({ patient: 'p1', kind: 'spo2', amount: null, count: 2 ** i, at: FROM + ms }))
}

export const atTheBoundary: FlinkJob = {
  name: 'at the boundary',
  shows: 'to the millisecond: a window [start, end) fires, and what comes is late, when the watermark is at end - 1',
  readings: rowsAt([
    0, 59_999, 60_000, 64_999, 59_999, 0, 64_999, 59_998, 65_000, 59_999, 0, 60_000, 124_999, 119_999, 125_000, 119_999,
    120_000, 59_999, 185_000,
  ]),
  sql: `
    SELECT window_time AS last_ms, COUNT(*) AS readings, SUM(\`count\`) AS which
    FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, window_time`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(tumblingEventTimeWindows('1m')))
      .aggregate({ readings: count(), which: sum((reading: Reading) => reading.count) })
      .map(({ window, readings: n, which }) => ({ last_ms: window.end - 1, readings: n, which: which ?? null })),
}

export const lateForSome: FlinkJob = {
  name: 'at the boundary, hop',
  shows: 'to the millisecond: for which of its windows a row is late',
  readings: rowsAt([
    50_000, 64_999, 59_999, 59_999, 65_000, 59_999, 84_999, 59_999, 85_000, 59_999, 104_999, 59_999, 105_000, 59_999,
    60_000, 124_999, 60_000, 125_000, 79_999, 80_000,
  ]),
  sql: `
    SELECT window_time AS last_ms, COUNT(*) AS readings, SUM(\`count\`) AS which
    FROM TABLE(HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, window_time`,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(slidingEventTimeWindows('1m', '20s')))
      .aggregate({ readings: count(), which: sum((reading: Reading) => reading.count) })
      .map(({ window, readings: n, which }) => ({ last_ms: window.end - 1, readings: n, which: which ?? null })),
}

export const atTheLastMoment: FlinkJob = {
  name: 'at the boundary, allowed lateness',
  shows: 'to the millisecond: a window is kept, and fires again, until the watermark is at end - 1 plus the lateness',
  readings: rowsAt([
    0, 65_000, 59_999, 94_998, 1, 94_999, 2, 95_000, 3, 59_999, 60_000, 125_000, 155_000, 119_999, 120_000,
  ]),
  settings: {
    'table.exec.emit.allow-lateness': '30 s',
    'table.exec.emit.late-fire.enabled': 'true',
    'table.exec.emit.late-fire.delay': '0 s',
  },
  sql: `
    SELECT TUMBLE_ROWTIME(ts, INTERVAL '1' MINUTE) AS last_ms, COUNT(*) AS readings, SUM(\`count\`) AS which
    FROM readings
    GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)`,
  updates: true,
  hasLate: true,
  everyWay: true,
  here: (readings, _others, way) =>
    way(readings.keyBy((reading) => reading.patient).window(tumblingEventTimeWindows('1m')))
      .allowedLateness('30s')
      .aggregate({ readings: count(), which: sum((reading: Reading) => reading.count) })
      .map(({ window, readings: n, which }) => ({ last_ms: window.end - 1, readings: n, which: which ?? null })),
}
