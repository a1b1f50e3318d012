import { mean } from '@millrace/core'
import { over } from '@millrace/core/rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { LAST_MS } from './data.ts'

export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (scheduler) =>
      over({
        key: (r) => r.patientId,
        timestamp: (r) => r.time,
        last: LAST_MS,
        order: 'arrival',
        aggregate: { heartRate: mean((r) => r.heartRate) },
        scheduler,
      }),
    ({ value, heartRate = 0 }) => out.add(value.time, heartRate, value.heartRate, 0),
  )
  return out.outcome()
}
