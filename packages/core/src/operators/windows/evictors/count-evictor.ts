import { recordCount } from '../record-count.ts'
import { type Evictor, type EvictorOptions, evictorOf } from './evictor.ts'

/** Keeps the `n` records that arrived last. @throws CORE_WINDOW_INVALID unless `n` is a positive whole number. */
export function countEvictor<T>(n: number, options: EvictorOptions = {}): Evictor<T> {
  const most = recordCount(n, "a count evictor's number of records")
  return evictorOf<T>(`count(${most})`, options, (elements) =>
    elements.length <= most ? elements : elements.slice(-most),
  )
}
