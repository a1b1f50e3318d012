import type { Source, SourceContext } from '../src/operators/sources/source.ts'

/** A split whose records come one by one, each waited for: between any two there is room for a checkpoint. */
export function oneByOne<T>(values: readonly T[], made: (context: SourceContext) => void = () => {}): Source<T> {
  return {
    kind: 'one-by-one',
    bounded: true,
    replayable: true,
    createEnumerator: (context) => {
      made(context)
      return { discover: () => [{ id: 'all' }] }
    },
    createReader: (context) => {
      made(context)
      return {
        openSplit: (_split, position) => {
          let at = (position as number | undefined) ?? 0
          return {
            read: async () => (at === values.length ? undefined : { values: [values[at++] as T], position: at }),
          }
        },
      }
    },
  }
}
