import { MillraceError } from '../errors.ts'
import { shown } from './check-given.ts'
/** Names a side output and carries the type of its records. Two tags with the same id are the same side output. */
export interface OutputTag<T> {
  readonly id: string
  /** Never present; carries `T` for the compiler. */
  readonly recordType?: T
}

/**
 * Makes the tag of a side output.
 *
 * @throws CORE_OPTION_INVALID for an id that is not a name.
 * @example
 * ```ts
 * import { outputTag } from '@millrace/core'
 * outputTag<string>('late').id // => 'late'
 * ```
 */
export function outputTag<T>(id: string): OutputTag<T> {
  const tag = { id }
  checkTag(tag, 'a tag')
  return tag
}

/** @throws CORE_OPTION_INVALID for what is not a tag: records would be lost, or another output read. */
export function checkTag(tag: OutputTag<unknown> | undefined, what: string): void {
  const id: unknown = typeof tag === 'object' && tag !== null ? tag.id : undefined
  if (typeof id === 'string' && id !== '') return
  throw new MillraceError('CORE_OPTION_INVALID', `${what} was ${shown(id ?? tag)}; make one by outputTag('a name')`)
}
