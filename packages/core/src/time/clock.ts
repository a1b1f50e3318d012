/**
 * The job's clock: the only one that operators see. It is moved by the task, between two records, and never goes back.
 *
 * Live it follows the wall clock. In a replay it follows the records: their receive time where the source says it, else
 * their event time; so what waits for a silence is found at the same place each time, however fast the replay runs.
 */
export class JobClock {
  readonly isReplay: boolean
  #now: number

  constructor(isReplay: boolean, now: number) {
    this.isReplay = isReplay
    this.#now = now
  }

  /** Ms since 1970 UTC; minus infinity in a replay that has read nothing. */
  now(): number {
    return this.#now
  }

  advanceTo(time: number): void {
    if (time > this.#now) this.#now = time
  }
}
