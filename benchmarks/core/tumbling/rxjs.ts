import { filter, groupBy, map, mergeMap, reduce, Subject, take } from 'rxjs'
import type { Run } from '../../harness/benchmark.ts'
import { Checksum } from '../../harness/checksum.ts'
import { MAX_DELAY_MS, type Reading, WINDOW_MS } from './data.ts'

/**
 * The idiom: groupBy the window's start, with the watermark as its duration, then the patient, and reduce. (The patient first
 * is ten times slower: every open window of every patient then listens to the watermark.)
 */
export const run: Run<readonly Reading[]> = (readings) => {
  const out = new Checksum()
  const readings$ = new Subject<Reading>()
  // Told only when it passes a window's end.
  const watermark$ = new Subject<number>()
  let newest = Number.MIN_SAFE_INTEGER
  let watermark = Number.MIN_SAFE_INTEGER

  readings$
    .pipe(
      map((reading) => ({ reading, start: reading.time - (reading.time % WINDOW_MS) })),
      filter(({ start }) => start + WINDOW_MS - 1 > watermark),
      groupBy(({ start }) => start, {
        duration: ({ key: start }) =>
          watermark$.pipe(
            filter((time) => time >= start + WINDOW_MS - 1),
            take(1),
          ),
      }),
      mergeMap((window$) =>
        window$.pipe(
          groupBy(({ reading }) => reading.patientId),
          mergeMap((patient$) =>
            patient$.pipe(
              map(({ reading }) => reading),
              reduce(
                (acc, { heartRate, spo2 }) => {
                  acc.count++
                  acc.heartRate += heartRate
                  acc.lowest = Math.min(acc.lowest, spo2)
                  acc.highest = Math.max(acc.highest, spo2)
                  return acc
                },
                { start: window$.key, count: 0, heartRate: 0, lowest: Infinity, highest: -Infinity },
              ),
            ),
          ),
        ),
      ),
    )
    .subscribe((w) => out.add(w.start, w.count, w.heartRate / w.count, w.lowest * 256 + w.highest))

  for (const reading of readings) {
    readings$.next(reading)
    if (reading.time <= newest) continue
    newest = reading.time
    const before = Math.floor((watermark + 1) / WINDOW_MS)
    watermark = newest - MAX_DELAY_MS - 1
    if (Math.floor((watermark + 1) / WINDOW_MS) > before) watermark$.next(watermark)
  }
  readings$.complete()
  return out.outcome()
}
