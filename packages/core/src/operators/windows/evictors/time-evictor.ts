import type { Duration } from '../../../time/duration.ts'
import { windowSize } from '../assigners/window-size.ts'
import { type Evictor, type EvictorOptions, evictorOf } from './evictor.ts'

/**
 * Keeps the records that are younger than `size`, seen from the newest timestamp in the window: those at that time less `size`, or
 * before, go. Records without timestamps all stay.
 *
 * @throws CORE_WINDOW_INVALID when the size is not a positive whole number of ms.
 */
export function timeEvictor<T>(size: Duration, options: EvictorOptions = {}): Evictor<T> {
  const sizeMs = windowSize(size, "a time evictor's size")
  return evictorOf<T>(`time(${sizeMs} ms)`, options, (elements) => {
    let newest = Number.NEGATIVE_INFINITY
    for (const { timestamp } of elements) newest = Math.max(newest, timestamp)
    if (!Number.isFinite(newest)) return elements
    return elements.filter(({ timestamp }) => timestamp > newest - sizeMs)
  })
}
