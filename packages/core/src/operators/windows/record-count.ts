import { shown } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'

/** A number of records. @throws CORE_WINDOW_INVALID unless it is a positive whole number. */
export function recordCount(n: number, what: string): number {
  if (Number.isSafeInteger(n) && n > 0) return n
  throw new MillraceError('CORE_WINDOW_INVALID', `${what} was ${shown(n)}`)
}
