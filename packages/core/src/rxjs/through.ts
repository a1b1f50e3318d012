import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, Subject, takeUntil } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import { checkPushPipeline, createPushJob, type PushJobMetrics, type PushPipeline } from '../api/push-job.ts'
import { checkFunction } from '../elements/check-given.ts'
import { JobTimer } from './job-timer.ts'

export interface ThroughOptions {
  /** Where clock and timers come from. Default `asyncScheduler`; a `TestScheduler` runs in virtual time. */
  readonly scheduler?: SchedulerLike
  /**
   * Is given, at each subscription, a function that tells what its job has counted so far: records in and out, late ones, and
   * each step's own.
   */
  readonly watch?: (metrics: () => ThroughMetrics) => void
}

/** What the job of a subscription has counted. */
export interface ThroughMetrics extends PushJobMetrics {}

/**
 * Runs Millrace's steps inside an RxJS pipeline: each subscription has a job of its own, which works a value off, and emits what
 * comes of it, before the source's `next` returns. Values that come meanwhile are queued.
 *
 * - When the source completes, event-time timers and open windows fire; then the pipeline completes. Processing-time timers that
 *   are not due by then do not fire.
 * - An error of the source, and unsubscribing, end the job where it is: nothing is flushed.
 * - What a function of the job throws becomes the pipeline's error, a `MillraceError` that says where, with the `cause`.
 * - The job's clock and its processing-time timers come from the scheduler; so does idleness.
 * - State is kept in memory and goes with the subscription. There is no back-pressure in RxJS: a slow subscriber slows `next`.
 *
 * `build` is called at once, to find mistakes where they are made, and again for each subscription. Results leave as the stream
 * that it returns; sinks have no place in it.
 *
 * @throws CORE_JOB_INVALID for steps that cannot run
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { through } from '@millrace/core/rxjs'
 *
 * const doubled = from([1, 2, 3]).pipe(through((stream) => stream.map((n) => n * 2)), toArray())
 * const values = await lastValueFrom(doubled)
 * values // => [2, 4, 6]
 * ```
 */
export function through<In, Out>(
  build: (stream: DataStream<In>) => DataStream<Out>,
  options: ThroughOptions = {},
): OperatorFunction<In, Out> {
  checkFunction(build, 'what through builds with')
  return runPipeline({ name: 'through', build }, options)
}

/** The operator that runs a pipeline, a job a subscription. @throws CORE_JOB_INVALID */
export function runPipeline<In, Out>(
  pipeline: PushPipeline<In, Out>,
  { scheduler = asyncScheduler, watch }: ThroughOptions,
): OperatorFunction<In, Out> {
  checkPushPipeline(pipeline)
  return (source) =>
    new Observable<Out>((subscriber) => {
      const job = createPushJob(pipeline, {
        now: () => scheduler.now(),
        emit: (value) => subscriber.next(value),
        finished: () => subscriber.complete(),
        failed: (error) => subscriber.error(error),
      })
      const timer = new JobTimer(job, scheduler)
      const over = new Subject<void>()
      // Known before the source is subscribed to, which may give all that it has at once.
      subscriber.add(() => {
        timer.disarm()
        try {
          job.close()
        } finally {
          // After the job is closed: this is not the end of its input.
          over.next()
        }
      })
      watch?.(() => job.metrics())
      timer.arm()
      source.pipe(takeUntil(over)).subscribe({
        next: (value) => {
          job.push(value)
          timer.arm()
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => job.complete(),
      })
    })
}
