import { MillraceError } from '../../errors.ts'
import { isMissing, type PlainValue } from './timed-value.ts'

/** Reads the value that an aggregate tells apart. A record for which it gives null, undefined or NaN is not counted. */
export type ValueSelector<In, V extends PlainValue> = (value: In) => V | null | undefined

/** What a selector gave; undefined where there is none. @throws CORE_AGGREGATE_INVALID for an object or a function. */
export function plainValue<V extends PlainValue>(selected: V | null | undefined, aggregate: string): V | undefined {
  if (isMissing(selected)) return undefined
  if (typeof selected === 'object' || typeof selected === 'function' || typeof selected === 'symbol') {
    throw new MillraceError('CORE_AGGREGATE_INVALID', `the selector of ${aggregate} gave a ${typeof selected}`)
  }
  return selected
}
