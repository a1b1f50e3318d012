import { Observable } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import type { ExecuteOptions } from '../api/execute-options.ts'

/**
 * The records of a stream as an Observable. Subscribing runs the job of the stream's environment, unsubscribing cancels it; it
 * completes when the job has finished, and its error is the job's. Records are handed over as they are made; an RxJS
 * subscriber cannot ask the job to wait, but while its `next` is at work the job is.
 *
 * After a restart records since the last checkpoint come again (at least once). A stream can be subscribed to once: the job is
 * run by it.
 */
export function toObservable<T>(stream: DataStream<T>, options: ExecuteOptions = {}): Observable<T> {
  return new Observable<T>((subscriber) => {
    const abort = new AbortController()
    subscriber.add(() => abort.abort())
    stream
      .executeAndHand((value) => subscriber.next(value), { ...options, signal: joined(abort.signal, options.signal) })
      .then(
        () => subscriber.complete(),
        (error: unknown) => {
          // After `unsubscribe` nobody listens to what that did.
          if (!subscriber.closed) subscriber.error(error)
        },
      )
  })
}

function joined(own: AbortSignal, given: AbortSignal | undefined): AbortSignal {
  return given === undefined ? own : AbortSignal.any([own, given])
}
