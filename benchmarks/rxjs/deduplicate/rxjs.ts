import { groupBy, mergeMap, take, timer } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { WITHIN_MS } from './data.ts'

/**
 * The idiom: a group a reading for 10 s, of which the first is taken. (`distinct` with `flushes` forgets all at once, not each after
 * its time: another result.)
 */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) =>
      source.pipe(
        groupBy((r) => r.id, { duration: () => timer(WITHIN_MS, clock) }),
        mergeMap((reading$) => reading$.pipe(take(1))),
      ),
    (r) => out.add(r.time, r.heartRate, 0, 0),
  )
  return out.outcome()
}
