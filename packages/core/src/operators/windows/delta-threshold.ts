import { shown } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'

/** How far apart two values may be. @throws CORE_WINDOW_INVALID for what is not a number. */
export function deltaThreshold(n: number): number {
  if (typeof n === 'number' && !Number.isNaN(n)) return n
  throw new MillraceError('CORE_WINDOW_INVALID', `a delta's threshold was ${shown(n)}`)
}
