import { key } from '@millrace/core'
import type { FlinkJob } from '../flink-job.ts'
import { wardReadings } from '../readings.ts'

export const deduplicate: FlinkJob = {
  name: 'deduplicate',
  shows: 'the first of each key by event time, whatever came first',
  readings: wardReadings({ rows: 6_000, from: Date.UTC(2026, 0, 1), seed: 23 }),
  sql: `
    SELECT patient, \`count\`, \`at\`, kind, amount
    FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY patient, \`count\` ORDER BY ts ASC) AS place FROM readings
    )
    WHERE place = 1`,
  hasLate: true,
  here: (readings) =>
    readings
      .keyBy((reading) => key(reading.patient, reading.count))
      .deduplicate({ keep: 'first', order: 'event-time' })
      .map(({ patient, count, at, kind, amount }) => ({ patient, count, at, kind, amount })),
}
