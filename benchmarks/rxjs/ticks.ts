import { type Observable, Subject, timer } from 'rxjs'
import type { DataClock } from './data-clock.ts'

/** A tick at each whole multiple of `period`, one timer for all who listen, however many they are at a time. */
export function ticks(clock: DataClock, period: number): Observable<number> {
  const ticks$ = new Subject<number>()
  timer(period - (clock.now() % period), period, clock).subscribe(ticks$)
  return ticks$
}
