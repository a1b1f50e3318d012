import { buffer, mergeMap } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import { patientNumber, type Reading } from '../readings.ts'
import { ticks } from '../ticks.ts'
import { MINUTE_MS } from './data.ts'

/** Without groupBy: all readings of a minute in one buffer, and a loop by hand over it. Every reading is held until then. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) =>
      source.pipe(
        buffer(ticks(clock, MINUTE_MS)),
        mergeMap((minute) => {
          const counts = new Map<string, number>()
          for (const { patientId } of minute) counts.set(patientId, (counts.get(patientId) ?? 0) + 1)
          return counts
        }),
      ),
    ([patientId, readings]) => out.add(patientNumber(patientId), readings, 0, 0),
  )
  return out.outcome()
}
