import { shown } from '../../elements/check-given.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import { MillraceError } from '../../errors.ts'
import { type Duration, parseDuration } from '../../time/duration.ts'

/** What becomes of records that come after the watermark has passed their windows. */
export interface LateOptions<In> {
  /**
   * How long, in event time, a window is kept after it has fired: until then a late record fires it again, at once, with the
   * updated result. Default 0.
   */
  readonly allowedLateness?: Duration
  /** Where records go that are late for all of their windows. They are counted (metric `late`) in any case. */
  readonly lateOutput?: OutputTag<In>
}

/** The allowed lateness in ms. @throws CORE_WINDOW_INVALID, CORE_DURATION_INVALID */
export function allowedLatenessMs(lateness: Duration = 0): number {
  const ms = typeof lateness === 'number' ? lateness : parseDuration(lateness, 'the allowed lateness')
  if (Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new MillraceError('CORE_WINDOW_INVALID', `the allowed lateness was ${shown(lateness)}`)
}
