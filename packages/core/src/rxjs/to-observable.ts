import { Observable, type Subscriber } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import type { ExecuteOptions } from '../api/execute-options.ts'
import { checkObject } from '../elements/check-given.ts'
import type { Sink } from '../operators/sinks/sink.ts'

/**
 * The records of a stream as an Observable. Subscribing runs the job of the stream's environment, with its other sinks;
 * unsubscribing cancels it. It completes when the job has finished or was stopped, and its error is the job's.
 *
 * Records are handed over as they are made, a batch in one go. An RxJS subscriber cannot ask the job to wait: the job is at rest
 * while `next` is at work, but does not wait for what the subscriber has put off; where that may be slow, bound it there (`sample`,
 * `throttleTime`), or use a sink, which the job waits for. After a restart, records since the last checkpoint come again: at
 * least once.
 *
 * @throws CORE_JOB_INVALID, CORE_OPTION_INVALID, as the Observable's error
 * @example
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs'
 * import { createEnvironment } from '@millrace/core'
 * import { toObservable } from '@millrace/core/rxjs'
 *
 * const doubled = createEnvironment().fromArray([1, 2, 3]).map((n) => n * 2)
 * const values = await lastValueFrom(toObservable(doubled).pipe(toArray()))
 * values // => [2, 4, 6]
 * ```
 */
export function toObservable<T>(stream: DataStream<T>, options?: ExecuteOptions): Observable<T> {
  checkObject(stream, 'the stream of toObservable', ['executeInto'])
  return new Observable<T>((subscriber) => {
    const job = stream.executeInto(subscriberSink(subscriber), options)
    subscriber.add(() => job.cancel())
    job.finished.then(
      () => subscriber.complete(),
      // Where it was cancelled by unsubscribing, nobody listens.
      (error: unknown) => subscriber.error(error),
    )
  })
}

function subscriberSink<T>(subscriber: Subscriber<T>): Sink<T> {
  return {
    kind: 'observable',
    delivery: 'at-least-once',
    open: () => ({
      write(values) {
        for (let i = 0; i < values.length && !subscriber.closed; i++) subscriber.next(values[i] as T)
      },
    }),
  }
}
