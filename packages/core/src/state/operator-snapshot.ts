import type { WrittenBy } from './codec-check.ts'

/** The state of one operator as a whole: what a checkpoint holds of it. Entries are bytes where a codec is named. */
export interface OperatorStateSnapshot {
  readonly lists: Readonly<Record<string, readonly unknown[]>>
  /** The same in every subtask. Since format 2. */
  readonly broadcast?: Readonly<Record<string, readonly (readonly [key: unknown, value: unknown])[]>>
  /** By the name of the state, where it has a codec. Since format 2. */
  readonly codecs?: Readonly<Record<string, WrittenBy>>
}
