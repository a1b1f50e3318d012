import { javaStringHash, murmurHash } from '../collections/murmur-hash.ts'
import { canonicalText, type Key } from './key.ts'

/** How many key groups there are unless a job says otherwise, as in Flink. Fixed for the life of a job's state. */
export const DEFAULT_MAX_PARALLELISM = 128

/**
 * The key group of a key, in `[0, maxParallelism)`: the smallest unit in which keyed state moves between subtasks.
 * For a string it is Flink's (`KeyGroupRangeAssignment.assignToKeyGroup`), other keys go by one tagged canonical text.
 *
 * @example
 * ```ts
 * import { keyGroupOf } from '@millrace/core'
 * keyGroupOf('patient-1', 128) // => 3
 * ```
 */
export function keyGroupOf(key: Key, maxParallelism: number = DEFAULT_MAX_PARALLELISM): number {
  return murmurHash(javaStringHash(typeof key === 'string' ? key : canonicalText(key))) % maxParallelism
}
