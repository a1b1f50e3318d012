import type { SchedulerLike, Subscription } from 'rxjs'
import type { PushJob } from '../api/push-job.ts'

/** The longest delay that a timer of the platform keeps; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Has a job look at its clock when something there is due. One action of the scheduler at most waits at a time. */
export class JobTimer {
  readonly #job: PushJob<never>
  readonly #scheduler: SchedulerLike
  #action: Subscription | undefined
  #wakesAt = Number.POSITIVE_INFINITY

  constructor(job: PushJob<never>, scheduler: SchedulerLike) {
    this.#job = job
    this.#scheduler = scheduler
  }

  /** To be called whenever the job has run. A timer that has moved on is left: waking too early does no harm. */
  arm(): void {
    const due = this.#job.nextDue()
    if (due >= this.#wakesAt) return
    this.#action?.unsubscribe()
    const now = this.#scheduler.now()
    const delay = Math.min(Math.max(0, due - now), LONGEST_DELAY_MS)
    this.#wakesAt = now + delay
    this.#action = this.#scheduler.schedule(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY
      this.#job.tick()
      this.arm()
    }, delay)
  }

  disarm(): void {
    this.#action?.unsubscribe()
  }
}
