import { count, groupBy, map, mergeMap } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import { patientNumber, type Reading } from '../readings.ts'
import { ticks } from '../ticks.ts'
import { MINUTE_MS } from './data.ts'

/** The idiom: groupBy the patient until the minute is over, and count. (`window` by the minute, then groupBy, is no faster.) */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) => {
      const minutes$ = ticks(clock, MINUTE_MS)
      return source.pipe(
        groupBy((r) => r.patientId, { duration: () => minutes$ }),
        mergeMap((patient$) =>
          patient$.pipe(
            count(),
            map((readings) => ({ patientId: patient$.key, readings })),
          ),
        ),
      )
    },
    ({ patientId, readings }) => out.add(patientNumber(patientId), readings, 0, 0),
  )
  return out.outcome()
}
