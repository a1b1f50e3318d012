import { type Observable, Subject, takeUntil } from 'rxjs'
import { checkObject } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'
import type { Source, SourceBatch, SourceContext, SplitReader } from '../operators/sources/source.ts'

/**
 * What happens to a value that comes while the buffer is full: an Observable cannot be asked to wait.
 *
 * - `fail`: the job fails with CORE_BUFFER_OVERFLOW, after the values that wait have gone into it.
 * - `drop-oldest`, `drop-newest`: of the values that wait, or come, one is dropped and counted.
 * - `sample`: while the job is busy only the newest value is kept for it; the others are dropped and counted.
 */
export type OverflowPolicy = 'fail' | 'drop-oldest' | 'drop-newest' | 'sample'

/** How the values of an Observable wait for a job. `overflow` has no default: what is lost is for its user to say. */
export type FromObservableOptions<T> = (
  | {
      readonly overflow: Exclude<OverflowPolicy, 'sample'>
      /** How many values may wait for the job. Default 1,024. */
      readonly bufferSize?: number
    }
  | { readonly overflow: 'sample'; readonly bufferSize?: never }
) & {
  /**
   * Is given each value that is dropped, and how many were so far. In any case they are counted, as the source's metric
   * `dropped`.
   */
  readonly onDrop?: (value: T, dropped: number) => void
}

const POLICIES: readonly string[] = ['fail', 'drop-oldest', 'drop-newest', 'sample'] satisfies OverflowPolicy[]

/**
 * The values of an Observable as a source, for `env.fromSource`. It is subscribed to when the job starts and unsubscribed from
 * when the job ends, for whatever reason. When it completes the source ends, and with its last source the job; its error fails
 * the job with CORE_SOURCE_FAILED, after the values before it have gone into it.
 *
 * The job's clock is the wall's, unless it is run with `clock: 'replay'`. What an Observable gave cannot be asked for again: a job
 * with such a source does not survive a failure, and one that goes on from a checkpoint takes what comes from then on.
 *
 * @throws CORE_OPTION_INVALID for an unknown policy, and for a buffer size that is not a whole number of 1 or more
 * @example
 * ```ts
 * import { from } from 'rxjs'
 * import { createEnvironment } from '@millrace/core'
 * import { fromObservable } from '@millrace/core/rxjs'
 *
 * const env = createEnvironment()
 * const rates = env.fromSource(fromObservable(from([60, 72]), { overflow: 'drop-oldest', bufferSize: 100 }), { id: 'rates' })
 * const values = await rates.map((rate) => rate / 60).executeAndCollect()
 * values // => [1, 1.2]
 * ```
 */
export function fromObservable<T>(observable: Observable<T>, options: FromObservableOptions<T>): Source<T> {
  checkObject(observable, 'what fromObservable reads', ['subscribe'])
  checkObject(options, 'the options of fromObservable')
  const { overflow, bufferSize } = options
  if (!POLICIES.includes(overflow)) {
    throw new MillraceError('CORE_OPTION_INVALID', `overflow was ${overflow}; it is one of ${POLICIES.join(', ')}`)
  }
  if (overflow === 'sample' && bufferSize !== undefined) {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `bufferSize was ${bufferSize}; 'sample' keeps one value and takes none`,
    )
  }
  if (bufferSize !== undefined && !(Number.isSafeInteger(bufferSize) && bufferSize >= 1)) {
    throw new MillraceError('CORE_OPTION_INVALID', `bufferSize was ${bufferSize}; it is a whole number of 1 or more`)
  }
  return {
    kind: 'observable',
    bounded: true,
    live: true,
    replayable: false,
    createEnumerator: () => ({ discover: () => [{ id: 'all' }] }),
    createReader: (context) => ({
      openSplit: (_split, position) =>
        new ObservableReader(observable, options, context, (position as number | undefined) ?? 0),
    }),
  }
}

interface Pending<T> {
  readonly maxRecords: number
  resolve(batch: SourceBatch<T> | undefined): void
  reject(error: unknown): void
}

/** Holds the values of an Observable until they are taken. */
class ObservableReader<T> implements SplitReader<T> {
  readonly #options: FromObservableOptions<T>
  readonly #context: SourceContext
  readonly #size: number
  readonly #over = new Subject<void>()
  readonly #abort: () => void
  /** Oldest first. */
  #buffer: T[] = []
  #taken: number
  #given: WaitingBatch<T> | undefined
  #dropped = 0
  #ending: { readonly error?: unknown } | undefined
  #pending: Pending<T> | undefined

  constructor(observable: Observable<T>, options: FromObservableOptions<T>, context: SourceContext, taken: number) {
    this.#options = options
    this.#context = context
    this.#size = options.overflow === 'sample' ? 1 : (options.bufferSize ?? 1_024)
    this.#taken = taken
    this.#abort = () => {
      this.#pending?.reject(context.signal.reason)
      this.#pending = undefined
      this.#over.next()
    }
    context.signal.addEventListener('abort', this.#abort, { once: true })
    // May give all it has before `subscribe` returns, hence not by the subscription.
    observable.pipe(takeUntil(this.#over)).subscribe({
      next: (value) => this.#arrived(value),
      error: (error: unknown) => this.#end({ error }),
      complete: () => this.#end({}),
    })
  }

  read(maxRecords: number): SourceBatch<T> | undefined | Promise<SourceBatch<T> | undefined> {
    // Whoever asks for the next has had the last, looked at or not.
    this.#given?.open()
    this.#given = undefined
    if (this.#buffer.length > 0) return this.#batch(maxRecords)
    if (this.#ending !== undefined) return this.#atEnd(this.#ending)
    return new Promise((resolve, reject) => {
      this.#pending = { maxRecords, resolve, reject }
    })
  }

  close(): void {
    this.#context.signal.removeEventListener('abort', this.#abort)
    this.#over.next()
    this.#buffer = []
  }

  #arrived(value: T): void {
    if (this.#buffer.length < this.#size) this.#buffer.push(value)
    else this.#overflow(value)
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    pending.resolve(this.#batch(pending.maxRecords))
  }

  #overflow(value: T): void {
    switch (this.#options.overflow) {
      case 'fail': {
        const what = `a value came while ${this.#size} others waited for the job`
        this.#fail(new MillraceError('CORE_BUFFER_OVERFLOW', what))
        return
      }
      case 'drop-newest':
        this.#drop(value)
        return
      case 'drop-oldest':
      case 'sample':
        this.#buffer.push(value)
        this.#drop(this.#buffer.shift() as T)
    }
  }

  #drop(value: T): void {
    this.#dropped += 1
    this.#context.metrics?.counter('dropped').add(1)
    try {
      this.#options.onDrop?.(value, this.#dropped)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#end({ error })
    this.#over.next()
  }

  #end(ending: { readonly error?: unknown }): void {
    this.#ending ??= ending
    const pending = this.#pending
    // A read waits only while nothing is held.
    this.#pending = undefined
    if (pending === undefined) return
    if ('error' in this.#ending) pending.reject(this.#ending.error)
    else pending.resolve(undefined)
  }

  #atEnd(ending: { readonly error?: unknown }): undefined {
    if ('error' in ending) throw ending.error
    return undefined
  }

  #batch(maxRecords: number): SourceBatch<T> {
    this.#given = new WaitingBatch(() => {
      const values = this.#buffer.splice(0, maxRecords)
      this.#taken += values.length
      return { values, position: this.#taken }
    })
    return this.#given
  }
}

/**
 * A batch that is filled when the job looks into it. The engine asks for the next batch while it is busy with this one: values
 * stay in the buffer, where they can still be dropped for newer ones, until it is their turn.
 */
class WaitingBatch<T> implements SourceBatch<T> {
  readonly #take: () => SourceBatch<T>
  #taken: SourceBatch<T> | undefined

  constructor(take: () => SourceBatch<T>) {
    this.#take = take
  }

  get values(): readonly T[] {
    return this.open().values
  }

  get position(): unknown {
    return this.open().position
  }

  open(): SourceBatch<T> {
    this.#taken ??= this.#take()
    return this.#taken
  }
}
