import { filter, groupBy, map, merge, mergeMap, Subject, scan } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { MAX_DELAY_MS, type Reading, type SlidingData } from './readings.ts'

interface Buffer {
  readings: Reading[]
  due: number | undefined
}

/**
 * The idiom: groupBy the patient, keep the readings of one window in a scan, and look at them at each tick of event time.
 */
export const run: Run<SlidingData> = ({ readings, sizeMs, slideMs }) => {
  const out = new Checksum()
  const readings$ = new Subject<Reading>()
  // A window's end each time the watermark passes one.
  const ends$ = new Subject<number>()
  let newest = Number.MIN_SAFE_INTEGER
  let nextEnd = 0

  readings$
    .pipe(
      groupBy((reading) => reading.patientId),
      mergeMap((patient$) =>
        merge(patient$, ends$).pipe(
          scan(
            (buffer: Buffer, event): Buffer => {
              if (typeof event === 'number') {
                return { readings: buffer.readings.filter((r) => r.time >= event - sizeMs), due: event }
              }
              buffer.readings.push(event)
              buffer.due = undefined
              return buffer
            },
            { readings: [], due: undefined },
          ),
          filter(({ due }) => due !== undefined),
          map(({ readings, due = 0 }) => {
            const acc = { start: due - sizeMs, count: 0, heartRate: 0, lowest: Infinity, highest: -Infinity }
            for (const { time, heartRate, spo2 } of readings) {
              if (time >= due) continue
              acc.count++
              acc.heartRate += heartRate
              acc.lowest = Math.min(acc.lowest, spo2)
              acc.highest = Math.max(acc.highest, spo2)
            }
            return acc
          }),
          filter((w) => w.count > 0),
        ),
      ),
    )
    .subscribe((w) => out.add(w.start, w.count, w.heartRate / w.count, w.lowest * 256 + w.highest))

  const pass = (watermark: number): void => {
    for (; nextEnd - 1 <= watermark; nextEnd += slideMs) ends$.next(nextEnd)
  }
  for (const reading of readings) {
    readings$.next(reading)
    if (reading.time <= newest) continue
    newest = reading.time
    const watermark = newest - MAX_DELAY_MS - 1
    nextEnd ||= watermark - (watermark % slideMs) + slideMs
    pass(watermark)
  }
  pass(newest + sizeMs)
  readings$.complete()
  ends$.complete()
  return out.outcome()
}
