import { debounceTime, groupBy, map, mergeMap, scan } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { drive } from '../drive.ts'
import type { Reading } from '../readings.ts'
import { LAST_MS } from './data.ts'

/** The readings of the last minutes, from `first` on, and the sum of theirs. */
interface LookBack {
  readings: Reading[]
  first: number
  total: number
}

/**
 * The idiom: groupBy the patient, the last minutes in a scan. The sum is kept up to date (a reduce over the buffer at each reading is
 * five times slower), and a patient's group ends when nothing is left in its buffer.
 */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  drive(
    readings,
    (clock) => (source) =>
      source.pipe(
        groupBy((r) => r.patientId, { duration: (patient$) => patient$.pipe(debounceTime(LAST_MS, clock)) }),
        mergeMap((patient$) =>
          patient$.pipe(
            scan(
              (held: LookBack, reading) => {
                held.readings.push(reading)
                held.total += reading.heartRate
                for (let oldest = held.readings[held.first] as Reading; oldest.time < reading.time - LAST_MS; ) {
                  held.total -= oldest.heartRate
                  oldest = held.readings[++held.first] as Reading
                }
                if (held.first > 256 && held.first * 2 > held.readings.length) {
                  held.readings = held.readings.slice(held.first)
                  held.first = 0
                }
                return held
              },
              { readings: [], first: 0, total: 0 },
            ),
            map(({ readings, first, total }) => ({
              reading: readings.at(-1) as Reading,
              heartRate: total / (readings.length - first),
            })),
          ),
        ),
      ),
    ({ reading, heartRate }) => out.add(reading.time, heartRate, reading.heartRate, 0),
  )
  return out.outcome()
}
