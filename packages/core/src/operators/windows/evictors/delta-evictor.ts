import { checkFunction } from '../../../elements/check-given.ts'
import { deltaThreshold } from '../delta-threshold.ts'
import { type Evictor, type EvictorOptions, evictorOf, type TimestampedElement } from './evictor.ts'

/**
 * Keeps the records that are less than `threshold` away from the one that arrived last: `delta(record, last)`.
 *
 * @throws CORE_WINDOW_INVALID for a threshold that is not a number.
 */
export function deltaEvictor<T>(
  threshold: number,
  delta: (record: T, last: T) => number,
  options: EvictorOptions = {},
): Evictor<T> {
  const most = deltaThreshold(threshold)
  checkFunction(delta, "a delta evictor's delta", 'CORE_WINDOW_INVALID')
  return evictorOf<T>(`delta(${most})`, options, (elements) => {
    if (elements.length === 0) return elements
    const last = elements[elements.length - 1] as TimestampedElement<T>
    return elements.filter(({ value }) => !(delta(value, last.value) >= most))
  })
}
