import { count } from '@millrace/core'
import { tumblingWindow } from '@millrace/core/rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import { patientNumber, type Reading } from '../readings.ts'
import { MINUTE_MS } from './data.ts'

export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (scheduler) =>
      tumblingWindow({
        key: (r) => r.patientId,
        timestamp: (r) => r.time,
        size: MINUTE_MS,
        aggregate: { readings: count() },
        scheduler,
      }),
    ({ key, readings }) => out.add(patientNumber(key), readings, 0, 0),
  )
  return out.outcome()
}
