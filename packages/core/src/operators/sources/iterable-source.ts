import type { Source, SourceBatch, Split, SplitReader } from './source.ts'

const ONE_SPLIT: readonly Split[] = [{ id: 'all' }]

/**
 * The elements of an array, or of anything that can be iterated again from the start: one split, its position the number of
 * elements taken.
 */
export function iterableSource<T>(values: Iterable<T>): Source<T> {
  return {
    kind: 'collection',
    bounded: true,
    // An iterator that hands out itself can be walked through once only.
    replayable: Array.isArray(values) || (values as { next?: unknown }).next === undefined,
    createEnumerator: () => ({ discover: () => ONE_SPLIT }),
    createReader: () => ({
      openSplit: (_split, position): SplitReader<T> =>
        Array.isArray(values)
          ? readArray(values, (position as number | undefined) ?? 0)
          : readIterable(values, (position as number | undefined) ?? 0),
    }),
  }
}

function readArray<T>(values: readonly T[], start: number): SplitReader<T> {
  let index = start
  return {
    read(maxRecords): SourceBatch<T> | undefined {
      if (index >= values.length) return undefined
      const from = index
      index = Math.min(values.length, from + maxRecords)
      return { values: values.slice(from, index), position: index }
    },
  }
}

function readIterable<T>(values: Iterable<T>, start: number): SplitReader<T> {
  const iterator = values[Symbol.iterator]()
  let index = 0
  while (index < start && iterator.next().done !== true) index += 1
  return {
    read(maxRecords): SourceBatch<T> | undefined {
      const batch: T[] = []
      while (batch.length < maxRecords) {
        const next = iterator.next()
        if (next.done === true) break
        batch.push(next.value)
      }
      index += batch.length
      return batch.length === 0 ? undefined : { values: batch, position: index }
    },
    close() {
      iterator.return?.()
    },
  }
}
