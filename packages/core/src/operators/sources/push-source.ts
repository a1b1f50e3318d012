import type { Source, SourceBatch } from './source.ts'

/**
 * What a reader gives that has nothing and is not to be waited for: it is asked again at each step of its task. Never resolves.
 * Only for a task that is driven by pushes.
 */
export const NOTHING_YET: Promise<never> = new Promise(() => {})

/** The source of a job that is driven by pushes: what is pushed is read at the job's next step. One job's own. */
export interface PushSource<T> extends Source<T> {
  push(value: T): void
  /** No record will come any more. What is pushed after it is not taken. */
  end(): void
  /** Something was pushed, or the end, that has not been read. */
  readonly hasMore: boolean
}

/** A source of one split that gives what is pushed, in order, and never waits. `kind` is its name in errors and metrics. */
export function pushSource<T>(kind: string): PushSource<T> {
  let pushed: T[] = []
  let position = 0
  let hasEnded = false
  let saysEnd = false
  return {
    kind,
    bounded: true,
    replayable: false,
    push(value) {
      if (!hasEnded) pushed.push(value)
    },
    end() {
      hasEnded = true
    },
    get hasMore() {
      return pushed.length > 0 || (hasEnded && !saysEnd)
    },
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: () => ({
      openSplit: () => ({
        read(): SourceBatch<T> | undefined | Promise<never> {
          if (pushed.length > 0) {
            const values = pushed
            pushed = []
            position += values.length
            return { values, position }
          }
          if (!hasEnded) return NOTHING_YET
          saysEnd = true
          return undefined
        },
      }),
    }),
  }
}
