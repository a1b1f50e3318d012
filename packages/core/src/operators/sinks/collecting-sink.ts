import type { Sink } from './sink.ts'

/** Hands each committed checkpoint's records to `take`, in order: after a failure nothing is handed over twice. */
export function collectingSink<T>(take: (values: readonly T[]) => void): Sink<T> {
  return {
    kind: 'collect',
    delivery: 'exactly-once',
    open: () => {
      let gathered: T[] = []
      let taken = 0
      return {
        write(values) {
          for (const value of values) gathered.push(value)
        },
        prepareCommit() {
          const committable = { first: taken, values: gathered }
          taken += gathered.length
          gathered = []
          return committable
        },
        commit(committable) {
          take((committable as { values: T[] }).values)
        },
        snapshotState: () => taken,
        recover(committables, state) {
          taken = (state as number | undefined) ?? 0
          // The same process took them when the checkpoint was complete, or never will: it died with its memory.
          for (const committable of committables) void committable
        },
      }
    },
  }
}
