/** Names a side output and carries the type of its records. Two tags with the same id are the same side output. */
export interface OutputTag<T> {
  readonly id: string
  /** Never present; carries `T` for the compiler. */
  readonly recordType?: T
}

/**
 * Makes the tag of a side output.
 *
 * @example
 * ```ts
 * import { outputTag } from '@millrace/core'
 * outputTag<string>('late').id // => 'late'
 * ```
 */
export function outputTag<T>(id: string): OutputTag<T> {
  return { id }
}
