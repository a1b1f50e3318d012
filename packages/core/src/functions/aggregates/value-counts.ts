import type { PlainValue } from './timed-value.ts'

/**
 * How often each value was seen. Values are told apart by type and value: `1`, `1n`, `'1'` and `true` are four; 0 and -0
 * are one, kept as 0. Plain data; no count in it is 0, so equal values give equal counts in whatever order they came.
 */
export type ValueCounts<V extends PlainValue> = Map<V, number>

export function addToCounts<V extends PlainValue>(counts: ValueCounts<V>, value: V, times = 1): void {
  counts.set(value, (counts.get(value) ?? 0) + times)
}

/** Takes back what was added. */
export function removeFromCounts<V extends PlainValue>(counts: ValueCounts<V>, value: V, taken = 1): void {
  const times = counts.get(value) ?? 0
  if (times > taken) counts.set(value, times - taken)
  else counts.delete(value)
}

/** Takes back what `mergeCounts` brought. */
export function unmergeCounts<V extends PlainValue>(counts: ValueCounts<V>, other: ValueCounts<V>): ValueCounts<V> {
  for (const [value, times] of other) removeFromCounts(counts, value, times)
  return counts
}

export function mergeCounts<V extends PlainValue>(counts: ValueCounts<V>, other: ValueCounts<V>): ValueCounts<V> {
  for (const [value, times] of other) addToCounts(counts, value, times)
  return counts
}
