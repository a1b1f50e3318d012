import type { Source, SourceBatch, SplitReader } from './source.ts'

export interface AsyncIterableOptions {
  /** True where the job's clock is to follow the elements, as in a replay. Default false: live. The job ends with them in any case. */
  readonly bounded?: boolean
}

/**
 * The elements of an async iterable, one after the other as the job asks for them. What it gave cannot be asked for again: a job
 * with such a source does not survive a failure.
 */
export function asyncIterableSource<T>(values: AsyncIterable<T>, options: AsyncIterableOptions = {}): Source<T> {
  return {
    kind: 'async-collection',
    // It may end at any time, and the job with it; until then it is live unless the caller knows better.
    bounded: true,
    live: options.bounded !== true,
    replayable: false,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: (context) => ({ openSplit: () => readAsync(values, context.signal) }),
  }
}

function readAsync<T>(values: AsyncIterable<T>, signal: AbortSignal): SplitReader<T> {
  const iterator = values[Symbol.asyncIterator]()
  let index = 0
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return {
    async read(): Promise<SourceBatch<T> | undefined> {
      const next = await Promise.race([iterator.next(), aborted])
      if (next === undefined || next.done === true) return undefined
      index += 1
      return { values: [next.value], position: index }
    },
    close() {
      // Not awaited: an iterator that waits for its next element would never answer.
      void iterator.return?.()
    },
  }
}
