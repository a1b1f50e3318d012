import { MillraceError } from '../../errors.ts'
import type { RichFunction } from '../../functions/rich-function.ts'

/** A user's function, and the object whose method it is, if it is one. */
export interface RichMethod<In, Out> {
  readonly call: (value: In) => Out
  /** Set where there is something to open and close. */
  readonly rich: RichFunction | undefined
}

/**
 * Takes a function as it is, and of an object the method of this name.
 *
 * @throws CORE_OPTION_INVALID for what is neither.
 */
export function richMethod<In, Out, Name extends string>(
  fn: ((value: In) => Out) | (RichFunction & Readonly<Record<Name, (value: In) => Out>>),
  name: Name,
): RichMethod<In, Out> {
  if (typeof fn === 'function') return { call: fn, rich: undefined }
  if (typeof fn?.[name] === 'function') return { call: (value) => fn[name](value), rich: fn }
  throw new MillraceError(
    'CORE_OPTION_INVALID',
    `${name} was given ${fn === null ? 'null' : typeof fn}, neither a function nor an object with a method ${name}`,
  )
}
