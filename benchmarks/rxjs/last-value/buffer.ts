import { buffer, mergeMap } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { ticks } from '../ticks.ts'
import { SECOND_MS } from './data.ts'

/** Without groupBy: all readings of a second in one buffer, and a loop by hand over it. Every reading is held until then. */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) =>
      source.pipe(
        buffer(ticks(clock, SECOND_MS)),
        mergeMap((second) => new Map(second.map((r) => [r.patientId, r])).values()),
      ),
    (r) => out.add(r.time, r.heartRate, 0, 0),
  )
  return out.outcome()
}
