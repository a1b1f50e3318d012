import { checkObject } from '../elements/check-given.ts'
import { MillraceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'
import type { TimeDomain } from '../time/timer-service.ts'

/** How long a state is kept: the `ttl` option of a keyed state. */
export interface StateTtl {
  /** How long after it was last written (or read, see `refresh`) an entry is gone. At exactly that age it is. */
  readonly after: Duration
  /**
   * `'processing-time'`: an entry's age is counted on the job's clock. `'event-time'`: from the timestamp of the record that
   * wrote it (of a timer: its time) to the watermark, or to the event-time timer that is firing.
   */
  readonly domain: TimeDomain
  /** What makes an entry young again. Default `'write'`. */
  readonly refresh?: 'write' | 'read-and-write'
}

/** The same, checked. */
export interface CheckedTtl {
  readonly afterMs: number
  readonly domain: TimeDomain
  readonly refreshesOnRead: boolean
}

/** @throws CORE_OPTION_INVALID for a domain or refresh that there is not, CORE_DURATION_INVALID for no whole number of ms above 0. */
export function checkTtl(ttl: StateTtl): CheckedTtl {
  checkObject(ttl, "a state's ttl")
  const { after, domain, refresh = 'write' } = ttl
  const afterMs = parseDuration(after, "a state's ttl.after")
  if (afterMs === 0) {
    throw new MillraceError(
      'CORE_DURATION_INVALID',
      `a state's ttl.after was ${JSON.stringify(after)}: it must be above 0`,
    )
  }
  if (domain !== 'event-time' && domain !== 'processing-time') {
    throw new MillraceError('CORE_OPTION_INVALID', `a state's ttl.domain was ${JSON.stringify(domain)}`)
  }
  if (refresh !== 'write' && refresh !== 'read-and-write') {
    throw new MillraceError('CORE_OPTION_INVALID', `a state's ttl.refresh was ${JSON.stringify(refresh)}`)
  }
  return { afterMs, domain, refreshesOnRead: refresh === 'read-and-write' }
}
