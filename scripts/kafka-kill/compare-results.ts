import type { WitnessedRecord } from '../../packages/connectors/test/kafka/kafka-witness.ts'

export interface ResultComparison {
  readonly expected: number
  readonly seen: number
  readonly missing: number
  readonly repeated: number
  /** Seen, and not expected, or not with these values. */
  readonly madeUp: number
  /** Before an earlier one of the same key, or in two partitions. */
  readonly outOfOrder: number
}

/** What is wrong, one by one. */
export interface ResultDifferences {
  readonly missing: readonly string[]
  readonly repeated: readonly string[]
  readonly madeUp: readonly string[]
}

/**
 * Holds the records of a topic against what is expected: each result once. `orderOf` gives the key within which results keep
 * their order, and their place in it.
 */
export function compareResults<T extends { readonly patientId: string }>(
  records: readonly WitnessedRecord[],
  expected: readonly T[],
  take: (seen: T) => T,
  orderOf: (result: T) => readonly [key: string, place: number],
): ResultComparison & { readonly differences: ResultDifferences } {
  const left = new Set(expected.map((result) => JSON.stringify(result)))
  const wanted = new Set(left)
  const last = new Map<string, { readonly place: number; readonly partition: number }>()
  const repeated: string[] = []
  const madeUp: string[] = []
  let outOfOrder = 0
  for (const { value, partition, key, offset } of records) {
    const seen = take(JSON.parse(String(value)) as T)
    const text = JSON.stringify(seen)
    if (!left.delete(text)) {
      ;(wanted.has(text) ? repeated : madeUp).push(`${partition}:${offset} ${text}`)
    }
    const [ordered, place] = orderOf(seen)
    const before = last.get(ordered)
    if (String(key) !== seen.patientId) madeUp.push(`${partition}:${offset} key ${String(key)} ${text}`)
    if (before !== undefined && (before.place >= place || before.partition !== partition)) outOfOrder += 1
    last.set(ordered, { place, partition })
  }
  return {
    expected: wanted.size,
    seen: records.length,
    missing: left.size,
    repeated: repeated.length,
    madeUp: madeUp.length,
    outOfOrder,
    differences: { missing: [...left], repeated, madeUp },
  }
}
