import { debounceByKey } from '@millrace/core/rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { WAIT_MS } from './data.ts'

export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (scheduler) => debounceByKey({ key: (r) => r.patientId, wait: WAIT_MS, scheduler }),
    (r) => out.add(r.time, r.heartRate, 0, 0),
  )
  return out.outcome()
}
