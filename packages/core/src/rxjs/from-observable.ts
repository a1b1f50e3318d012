import type { Observable } from 'rxjs'
import { MillraceError } from '../errors.ts'
import type { Source, SourceBatch, SplitReader } from '../operators/sources/source.ts'

/**
 * What happens to a value that comes while the buffer is full: an Observable cannot be asked to wait.
 *
 * - `fail`: the job fails with CORE_BUFFER_OVERFLOW.
 * - `drop-oldest`, `drop-newest`: one is dropped and counted.
 * - `sample`: only the newest value is kept while the job is busy; the others are dropped and counted.
 */
export type OverflowPolicy = 'fail' | 'drop-oldest' | 'drop-newest' | 'sample'

export interface FromObservableOptions {
  readonly overflow: OverflowPolicy
  /** How many values may wait for the job. Default 1,024; with `sample` it is 1. */
  readonly bufferSize?: number
  /** Is told the number of values dropped so far, at each drop. */
  readonly onDrop?: (dropped: number) => void
  /** True where the Observable completes soon and the job's clock is to follow the values' times. Default false: live. */
  readonly bounded?: boolean
}

/**
 * The values of an Observable as a source. It is subscribed when the job starts and unsubscribed when the job ends; its error
 * fails the job, its completion ends the source. What it gave cannot be given again: such a job does not survive a failure.
 *
 * @throws CORE_OPTION_INVALID for a buffer that is not a whole number of 1 or more, or an unknown policy.
 */
export function fromObservable<T>(observable: Observable<T>, options: FromObservableOptions): Source<T> {
  const { overflow } = options
  const size = overflow === 'sample' ? 1 : (options.bufferSize ?? 1_024)
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `bufferSize was ${options.bufferSize}; it is a whole number of 1 or more`,
    )
  }
  if (!['fail', 'drop-oldest', 'drop-newest', 'sample'].includes(overflow)) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `overflow was '${overflow}'; it is fail, drop-oldest, drop-newest or sample`,
    )
  }
  return {
    kind: 'observable',
    bounded: options.bounded ?? false,
    replayable: false,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: ({ signal }) => ({
      openSplit: () => new ObservableReader(observable, size, options, signal),
    }),
  }
}

class ObservableReader<T> implements SplitReader<T> {
  readonly #size: number
  readonly #options: FromObservableOptions
  readonly #stop: () => void
  #buffer: T[] = []
  #given = 0
  #dropped = 0
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false
  #wake: (() => void) | undefined

  constructor(observable: Observable<T>, size: number, options: FromObservableOptions, signal: AbortSignal) {
    this.#size = size
    this.#options = options
    const subscription = observable.subscribe({
      next: (value) => this.#take(value),
      error: (error: unknown) => this.#end({ error }),
      complete: () => this.#end(undefined),
    })
    this.#stop = () => {
      subscription.unsubscribe()
      this.#end(undefined)
    }
    signal.addEventListener('abort', this.#stop, { once: true })
  }

  async read(maxRecords: number): Promise<SourceBatch<T> | undefined> {
    if (this.#buffer.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#buffer.length === 0) return undefined
    const values = this.#buffer.splice(0, maxRecords)
    this.#given += values.length
    return { values, position: this.#given }
  }

  close(): void {
    this.#stop()
  }

  #take(value: T): void {
    if (this.#hasEnded) return
    if (this.#buffer.length < this.#size) this.#buffer.push(value)
    else this.#overflow(value)
    this.#wake?.()
    this.#wake = undefined
  }

  #overflow(value: T): void {
    const { overflow, onDrop } = this.#options
    if (overflow === 'fail') {
      const what = `the job was so slow that ${this.#size} values of an Observable waited for it`
      this.#end({ error: new MillraceError('CORE_BUFFER_OVERFLOW', what) })
      return
    }
    if (overflow !== 'drop-newest') {
      this.#buffer.shift()
      this.#buffer.push(value)
    }
    this.#dropped += 1
    onDrop?.(this.#dropped)
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (!this.#hasEnded) this.#failure = failure
    this.#hasEnded = true
    this.#wake?.()
    this.#wake = undefined
  }
}
