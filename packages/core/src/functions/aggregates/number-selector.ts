import { MillraceError } from '../../errors.ts'

/** Reads the number that an aggregate gathers. A record for which it gives null, undefined or NaN is not counted. */
export type NumberSelector<In> = (value: In) => number | null | undefined

/** What a selector gave, as a number; NaN where there is none. @throws CORE_AGGREGATE_INVALID for another type. */
export function numberOrNaN(selected: number | null | undefined, aggregate: string): number {
  if (typeof selected === 'number') return selected
  if (selected === null || selected === undefined) return Number.NaN
  throw new MillraceError('CORE_AGGREGATE_INVALID', `the selector of ${aggregate} gave a ${typeof selected}`)
}
