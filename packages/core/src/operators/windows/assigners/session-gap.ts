import { MillraceError } from '../../../errors.ts'
import { LONGEST_MS } from './window-size.ts'

/** The gap that a record asked for, itself. @throws CORE_WINDOW_INVALID unless it is a positive whole number of ms. */
export function sessionGap(gapMs: number): number {
  if (Number.isInteger(gapMs) && gapMs > 0 && gapMs <= LONGEST_MS) return gapMs
  throw new MillraceError('CORE_WINDOW_INVALID', "the function of a session's gap gave no such number for a record")
}
