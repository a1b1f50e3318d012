import type { Checkpoint } from './checkpoint.ts'

/** Where checkpoints are kept. A stateless description; shared by all attempts of a job. */
export interface CheckpointStorage {
  /** Shown by `explain()` and in errors: `memory`, `file`. */
  readonly kind: string
  /**
   * Makes the checkpoint durable, all or nothing, and lets go of the oldest ones beyond those to keep.
   *
   * @throws CORE_CHECKPOINT_FAILED when it could not be written; earlier ones are as they were.
   */
  write(checkpoint: Checkpoint): Promise<void>
  /**
   * The newest checkpoint, `undefined` when there is none.
   *
   * @throws CORE_CHECKPOINT_CORRUPT when the newest is damaged. It is not passed over for an older one: sinks have
   * committed what it holds.
   */
  latest(): Promise<Checkpoint | undefined>
}
