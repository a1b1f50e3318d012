import type { Source, SourceBatch } from './source.ts'

/**
 * What a reader gives that has nothing and is not to be waited for: it is asked again at each step of its task. Never resolves.
 * Only for a task that is driven by pushes.
 */
export const NOTHING_YET: Promise<never> = new Promise(() => {})

/** The source of a job that is driven by pushes: its records go straight into the task, which reads here only that they end. */
export interface PushSource<T> extends Source<T> {
  /** No record will come any more. */
  end(): void
}

/** A source of one split whose records are pushed. `kind` is its name in errors and metrics. */
export function pushSource<T>(kind: string): PushSource<T> {
  let hasEnded = false
  return {
    kind,
    bounded: true,
    replayable: false,
    end() {
      hasEnded = true
    },
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: () => ({
      openSplit: () => ({
        read: (): SourceBatch<T> | undefined | Promise<never> => (hasEnded ? undefined : NOTHING_YET),
      }),
    }),
  }
}
