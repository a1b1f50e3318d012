import { durationMs } from '../expression/duration.ts'
import { describe, type Problems } from './problems.ts'

/** A duration in ms. */
export function checkDuration(value: unknown, path: string, problems: Problems): number | undefined {
  const ms = durationMs(value)
  return ms ?? problems.add(path, 'RULES_DURATION_INVALID', `${describe(value)} is no duration`)
}
