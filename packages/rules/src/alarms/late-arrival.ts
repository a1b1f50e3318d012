import type { Step } from './step.ts'

export interface LateRule {
  /** An alarm that was raised longer ago than this is late. */
  readonly afterMs: number
  /** How long a late alarm is held, so that its end may come too. */
  readonly heldMs: number
}

export type LateInput = { readonly type: 'raised'; readonly time: number } | { readonly type: 'tick' }
export type LateEvent = 'held' | 'due'

/**
 * Keeps what is long past from paging: an alarm whose news come late is held a while. If its end comes too, it was over all
 * along, and nobody is told; if not, it holds still, and they are.
 *
 * ```
 *            raised, long ago                       `heldMs` have passed
 *   (now) ───────────────────► held until `until` ───────────────────────► (now): it signals
 * ```
 */
export function lateArrival(
  rule: LateRule,
  until: number | undefined,
  input: LateInput,
  now: number,
): Step<number | undefined, LateEvent> {
  if (input.type === 'raised') {
    const isLate = until === undefined && now - input.time > rule.afterMs
    return isLate ? { state: now + rule.heldMs, events: ['held'] } : { state: until, events: [] }
  }
  return until !== undefined && until <= now ? { state: undefined, events: ['due'] } : { state: until, events: [] }
}
