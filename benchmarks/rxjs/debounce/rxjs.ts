import { debounceTime, groupBy, last, mergeMap } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { WAIT_MS } from './data.ts'

/**
 * The idiom: a group a patient that ends with its silence, and the last of it. (`debounceTime` inside of groups that end some time
 * later has two timers a group and is slower.)
 */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) =>
      source.pipe(
        groupBy((r) => r.patientId, { duration: (patient$) => patient$.pipe(debounceTime(WAIT_MS, clock)) }),
        mergeMap((patient$) => patient$.pipe(last())),
      ),
    (r) => out.add(r.time, r.heartRate, 0, 0),
  )
  return out.outcome()
}
