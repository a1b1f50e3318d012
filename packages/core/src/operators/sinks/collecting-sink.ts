import type { Sink } from './sink.ts'

interface Gathered<T> {
  /** How many records the sink had gathered before these. */
  readonly first: number
  readonly values: readonly T[]
}

/**
 * Hands each committed checkpoint's records to `take`, in order: after a failure none is handed over twice in one process.
 * `delivery` is what it says of itself, for a job whose source allows no more.
 */
export function collectingSink<T>(
  take: (values: readonly T[]) => void,
  delivery: Sink<T>['delivery'] = 'exactly-once',
): Sink<T> {
  // Outlives the attempts of a job, unlike a writer.
  let handedOver = 0
  const commit = ({ first, values }: Gathered<T>): void => {
    if (first < handedOver) return
    handedOver = first + values.length
    take(values)
  }
  return {
    kind: 'collect',
    delivery,
    open: () => {
      let gathered: T[] = []
      let count = 0
      return {
        write(values) {
          for (const value of values) gathered.push(value)
        },
        prepareCommit(): Gathered<T> | undefined {
          if (gathered.length === 0) return undefined
          const prepared = { first: count, values: gathered }
          count += gathered.length
          gathered = []
          return prepared
        },
        commit: (committable) => commit(committable as Gathered<T>),
        snapshotState: () => count,
        recover(committables, state) {
          count = (state as number | undefined) ?? 0
          for (const committable of committables) commit(committable as Gathered<T>)
        },
      }
    },
  }
}
