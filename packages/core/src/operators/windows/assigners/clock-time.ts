import { MillraceError } from '../../../errors.ts'

/** What the job's clock shows, itself. @throws CORE_TIMESTAMP_INVALID in a replay of records without timestamps. */
export function clockTime(now: number): number {
  if (Number.isFinite(now)) return now
  throw new MillraceError(
    'CORE_TIMESTAMP_INVALID',
    "a record came to a window of processing time, and the job's clock has no time in a replay of records without timestamps",
  )
}
