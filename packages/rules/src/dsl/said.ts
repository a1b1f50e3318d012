import { refuseProblems } from '../errors.ts'
import { type Duration, durationMs, durationText } from '../expression/duration.ts'
import { describe } from '../schema/problems.ts'

/**
 * A duration that a word of the builder was given, as JSON has it.
 *
 * @throws RULES_INVALID for what is no duration.
 */
export function said(duration: Duration, path: string): string {
  const ms = durationMs(duration)
  if (ms !== undefined) return durationText(ms)
  refuseProblems([{ path, code: 'RULES_DURATION_INVALID', message: `${describe(duration)} is no duration` }])
  return ''
}
