import { checkObject, shown } from '../../elements/check-given.ts'
import { MillraceError } from '../../errors.ts'
import type { Duration } from '../../time/duration.ts'
import { windowSize } from '../windows/assigners/window-size.ts'
import { idleAfterMsOf } from './idle-keys.ts'

/**
 * How far back each record looks, itself included. At least one of the two; with both a row has to be within both.
 *
 * | here | SQL, after `OVER (PARTITION BY key ORDER BY rowtime` |
 * | --- | --- |
 * | `{ last: '5m' }` | `RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW)` |
 * | `{ last: 'unbounded' }` | `RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)` |
 * | `{ rows: 10 }` | `ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)`: ten rows, the record's own among them |
 * | `{ rows: 'unbounded' }` | `ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)` |
 * | `{ rows: 10, last: '5m' }` | none: the last ten rows, without those older than five minutes |
 */
export interface LookBack {
  /** A record at `t` looks at `[t - last, t]`, both ends included. A whole number of ms above 0, at most 1e14. */
  readonly last?: Duration | 'unbounded'
  /** How many rows, with the record's own. */
  readonly rows?: number | 'unbounded'
}

/** When a record has its result, and what of its key it can see. */
export interface OverOptions {
  /**
   * `'event-time'` (default): once the watermark has passed it, over all rows of its key up to its time. `'arrival'`: at
   * once, over what has arrived before it.
   */
  readonly order?: 'event-time' | 'arrival'
  /**
   * Without a `last`: a key that has had no record for so long in event time is forgotten, and begins anew. Counted from the newest
   * timestamp of its records to the watermark, or to the record that comes next in order of time; at exactly that age it is gone.
   * A whole number of ms above 0. Without it, state grows with the number of keys.
   */
  readonly idleAfter?: Duration
}

/** A look-back as the operators take it. */
export interface LookBackPlan {
  readonly order: 'event-time' | 'arrival'
  /** Infinite where time does not bound it. */
  readonly rangeMs: number
  /** Infinite where their number does not bound it. */
  readonly rowLimit: number
  /** Whether there is either bound. */
  readonly isBounded: boolean
  /** Infinite where keys are not forgotten. */
  readonly idleAfterMs: number
  /** True where rows of one time count for each other: SQL's RANGE. Else row by row. */
  readonly withPeers: boolean
  /** Half a line for `explain()`. */
  readonly detail: string
}

/** @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID, CORE_OPTION_INVALID */
export function lookBackPlan(lookBack: LookBack, options: OverOptions): LookBackPlan {
  checkObject(lookBack, 'a look-back', [], 'CORE_WINDOW_INVALID')
  const { last, rows } = lookBack
  const { order = 'event-time', idleAfter } = options
  if (last === undefined && rows === undefined) {
    throw new MillraceError('CORE_WINDOW_INVALID', "a look-back had neither 'last' nor 'rows'")
  }
  if (order !== 'event-time' && order !== 'arrival') {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      `the order of a look-back was ${JSON.stringify(order)}; it is 'event-time' or 'arrival'`,
    )
  }
  if (order === 'arrival' && last !== undefined && rows !== undefined) {
    throw new MillraceError('CORE_OPTION_INVALID', "a look-back with both 'last' and 'rows' was in order of arrival")
  }
  if (order === 'arrival' && last === 'unbounded') {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      "a look-back in order of arrival had last: 'unbounded'; rows: 'unbounded' is over all that have arrived",
    )
  }
  if (idleAfter !== undefined && last !== undefined && last !== 'unbounded') {
    throw new MillraceError(
      'CORE_OPTION_INVALID',
      "a look-back with a 'last' had an idleAfter; it forgets a key that is silent for 'last'",
    )
  }
  const idleAfterMs = idleAfterMsOf(idleAfter, 'a look-back')
  const rangeMs =
    last === undefined || last === 'unbounded' ? Number.POSITIVE_INFINITY : windowSize(last, 'a look-back')
  const rowLimit = rows === undefined || rows === 'unbounded' ? Number.POSITIVE_INFINITY : checkRows(rows)
  const parts = [
    ...(last === undefined ? [] : [last === 'unbounded' ? 'unbounded range' : `last ${rangeMs} ms`]),
    ...(rows === undefined ? [] : [rows === 'unbounded' ? 'unbounded rows' : `last ${rowLimit} rows`]),
  ]
  const idle = idleAfter === undefined ? '' : `, idle after ${idleAfterMs} ms`
  const detail = `${parts.join(', ')}${order === 'arrival' ? ' by arrival' : ''}${idle}`
  const isBounded = Number.isFinite(rangeMs) || Number.isFinite(rowLimit)
  return { order, rangeMs, rowLimit, isBounded, idleAfterMs, withPeers: rows === undefined, detail }
}

function checkRows(rows: number): number {
  if (Number.isSafeInteger(rows) && rows > 0) return rows
  throw new MillraceError('CORE_WINDOW_INVALID', `the rows of a look-back were ${shown(rows)}`)
}
