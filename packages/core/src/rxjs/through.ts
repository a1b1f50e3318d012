import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import type { DataStream } from '../api/data-stream.ts'
import { createPushJob, type PushJob } from '../api/push-job.ts'

export interface ThroughOptions {
  /** Where clock and timers come from. Default `asyncScheduler`; a `TestScheduler` runs in virtual time. */
  readonly scheduler?: SchedulerLike
}

/**
 * Runs Millrace's steps inside an RxJS pipeline: each subscription has a job of its own, which works off a value before `next`
 * returns. Values that come while one is worked off are queued.
 *
 * When the source completes, open windows fire and event-time timers are due; an error of the source, or unsubscribing, ends the
 * job where it is. What a function of the job throws is the pipeline's error, a `MillraceError` that says where. Processing-time
 * timers fire by the scheduler. State is kept in memory and gone with the subscription. RxJS has no back-pressure: a subscriber
 * that is slow slows the source's `next`.
 *
 * @throws CORE_JOB_INVALID, as the pipeline's error, for steps that cannot run.
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
  const scheduler = options.scheduler ?? asyncScheduler
  return (source) =>
    new Observable<Out>((subscriber) => {
      let job: PushJob<In>
      try {
        job = createPushJob({
          name: 'through',
          build,
          emit: (value) => subscriber.next(value),
          now: () => scheduler.now(),
        })
      } catch (error) {
        subscriber.error(error)
        return
      }
      let timer: Subscription | undefined
      let timerDue = Number.POSITIVE_INFINITY
      const guarded = (work: () => void): boolean => {
        try {
          work()
          return true
        } catch (error) {
          subscriber.error(error)
          return false
        }
      }
      const schedule = (): void => {
        const due = job.nextDue()
        if (subscriber.closed || due === timerDue) return
        timer?.unsubscribe()
        timer = undefined
        timerDue = due
        if (!Number.isFinite(due)) return
        timer = scheduler.schedule(
          () => {
            timerDue = Number.POSITIVE_INFINITY
            if (guarded(() => job.tick())) schedule()
          },
          Math.max(0, due - scheduler.now()),
        )
      }
      // Before the source, which may give all that it has at once: what ends the subscription then finds the job to close.
      subscriber.add(() => {
        timer?.unsubscribe()
        job.close()
      })
      subscriber.add(
        source.subscribe({
          next: (value) => {
            if (guarded(() => job.push(value))) schedule()
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            if (guarded(() => job.complete())) subscriber.complete()
          },
        }),
      )
    })
}
