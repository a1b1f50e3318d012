import type { Checkpoint } from './checkpoint.ts'

/** Where checkpoints are kept. A stateless description; shared by all attempts of a job. */
export interface CheckpointStorage {
  /** Shown by `explain()` and in errors: `memory`, `file`. */
  readonly kind: string
  /**
   * Hands the storage to one attempt of a job, the first of a run. Whoever had it before writes no more, not even what it is writing
   * now: it may be a process that was only asleep.
   *
   * @throws what `latest` throws, and CORE_CHECKPOINT_FAILED
   */
  take(): Promise<TakenStorage>
  /**
   * The newest checkpoint, `undefined` when there is none. For those who only look.
   *
   * @throws CORE_CHECKPOINT_CORRUPT when the newest is damaged. It is not passed over for an older one: sinks have
   * committed what it holds.
   */
  latest(): Promise<Checkpoint | undefined>
}

/** A storage in the hands of one attempt of a job. */
export interface TakenStorage {
  /** The newest checkpoint when it was taken. */
  readonly latest: Checkpoint | undefined
  /**
   * Makes the checkpoint durable, all or nothing, and lets go of the oldest ones beyond those to keep.
   *
   * @throws CORE_CHECKPOINT_FAILED when it could not be written; earlier ones are as they were.
   * @throws CORE_CHECKPOINT_TAKEN when the storage was taken by another attempt; there all is as it was.
   */
  write(checkpoint: Checkpoint): Promise<void>
  /** Whether another run of the job, or a later attempt, has it. It does not come back. */
  isTaken(): Promise<boolean>
  /**
   * Hands it to the next attempt of the same run, as `take` does, but never takes it back from another run.
   *
   * @throws CORE_CHECKPOINT_TAKEN, and what `take` throws
   */
  takeAgain(): Promise<TakenStorage>
}
