import { type OperatorFunction, Subject } from 'rxjs'
import { DataClock } from './data-clock.ts'

/**
 * Runs values through a pipeline, one `next` each, the clock moved to each value's time before it; then completes.
 *
 * `operator` is given the clock, which stands at the first value's time.
 */
export function drive<T extends { readonly time: number }, R>(
  values: readonly T[],
  operator: (clock: DataClock) => OperatorFunction<T, R>,
  take: (result: R) => void,
): void {
  const clock = new DataClock((values[0] as T).time)
  const source = new Subject<T>()
  source.pipe(operator(clock)).subscribe({
    next: take,
    error: (error: unknown) => {
      throw error
    },
  })
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as T
    clock.advanceTo(value.time)
    source.next(value)
  }
  source.complete()
}
