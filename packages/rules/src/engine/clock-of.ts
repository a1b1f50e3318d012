import { MillraceRulesError } from '../errors.ts'

/**
 * The job's clock, by which ends and steps are due.
 *
 * @throws RULES_CLOCK_MISSING where a replay's clock has not begun: what comes has no timestamps.
 */
export function clockOf(ctx: { now(): number }): number {
  const now = ctx.now()
  if (Number.isFinite(now)) return now
  throw new MillraceRulesError('RULES_CLOCK_MISSING', "alarms came before the job's clock began")
}
