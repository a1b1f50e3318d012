import { checkObject, shown } from '../../../elements/check-given.ts'
import { MillraceError } from '../../../errors.ts'
import type { WindowAssigner } from './window-assigner.ts'

/** @throws CORE_WINDOW_INVALID for what is no assigner, or has a domain of time that there is not: its windows would never fire. */
export function checkAssigner(assigner: WindowAssigner<never>): void {
  checkObject(assigner, 'a window assigner', ['assign', 'defaultTrigger'], 'CORE_WINDOW_INVALID')
  const { kind, domain } = assigner
  if (domain === 'event-time' || domain === 'processing-time') return
  throw new MillraceError(
    'CORE_WINDOW_INVALID',
    `the domain of '${kind}' windows was ${shown(domain)}; it is 'event-time' or 'processing-time'`,
  )
}
