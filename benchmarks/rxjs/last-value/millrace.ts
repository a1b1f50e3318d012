import { sampleByKey } from '@millrace/core/rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { SECOND_MS } from './data.ts'

export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (scheduler) => sampleByKey({ key: (r) => r.patientId, period: SECOND_MS, scheduler }),
    (r) => out.add(r.time, r.heartRate, 0, 0),
  )
  return out.outcome()
}
