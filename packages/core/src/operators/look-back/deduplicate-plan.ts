import { checkObject } from '../../elements/check-given.ts'
import type { OutputTag } from '../../elements/output-tag.ts'
import { MillraceError } from '../../errors.ts'
import type { Duration } from '../../time/duration.ts'
import { windowSize } from '../windows/assigners/window-size.ts'
import { allowedLatenessMs, type LateOptions } from '../windows/late-records.ts'
import { idleAfterMsOf } from './idle-keys.ts'

/** Which of a key's records are kept. */
export interface DeduplicateOptions<In> extends LateOptions<In> {
  /** Of records that are duplicates of each other. `'last'` needs `within`. */
  readonly keep: 'first' | 'last'
  /**
   * How far apart, in event time, records of a key can be and still be duplicates. A whole number of ms above 0. Without it
   * they always are, and each key is remembered for good, or until it has been silent for `idleAfter`.
   */
  readonly within?: Duration
  /**
   * In order of arrival and without `within`: a key that has had no record, duplicates among them, for so long in event time is
   * forgotten, and its next record is a first again. Counted from its newest timestamp to the watermark; at exactly that age it is
   * gone. A whole number of ms above 0. By event time `within` says when a key begins anew.
   */
  readonly idleAfter?: Duration
  /**
   * What comes first: by default, and with `keep: 'first'` only, what arrives first (`'arrival'`); with `'event-time'` what has the
   * smallest timestamp, once the watermark has reached it. The last is always by event time.
   */
  readonly order?: 'arrival' | 'event-time'
  /** In order of arrival and with `within`: how long after the watermark a record is still told from a duplicate. Default 0. */
  readonly allowedLateness?: Duration
  /** Where duplicates go. They are counted (metric `duplicates`) in any case. */
  readonly duplicateOutput?: OutputTag<In>
}

/** The options as the operators take them. */
export interface DeduplicatePlan<In> {
  readonly keepsFirst: boolean
  readonly isByTime: boolean
  readonly withinMs: number | undefined
  readonly latenessMs: number
  /** Infinite where keys are not forgotten. */
  readonly idleAfterMs: number
  readonly duplicateOutput: OutputTag<In> | undefined
  readonly lateOutput: OutputTag<In> | undefined
  readonly detail: string
}

/** @throws CORE_OPTION_INVALID, CORE_WINDOW_INVALID, CORE_DURATION_INVALID */
export function deduplicatePlan<In>(options: DeduplicateOptions<In>): DeduplicatePlan<In> {
  checkObject(options, "deduplicate's options")
  const { keep, within, order, allowedLateness, idleAfter, duplicateOutput, lateOutput } = options
  if (keep !== 'first' && keep !== 'last') refuse(`keep was ${JSON.stringify(keep)}; it is 'first' or 'last'`)
  if (order !== undefined && order !== 'arrival' && order !== 'event-time') {
    refuse(`its order was ${JSON.stringify(order)}; it is 'arrival' or 'event-time'`)
  }
  if (keep === 'last' && within === undefined)
    refuse("keep: 'last' had no within: there is always a later record to come")
  if (keep === 'last' && order === 'arrival')
    refuse("keep: 'last' was in order of arrival, and goes by event time only")
  const isByTime = keep === 'last' || order === 'event-time'
  if (allowedLateness !== undefined && (isByTime || within === undefined)) {
    refuse('it had an allowed lateness, which is for the first by arrival with a within')
  }
  if (idleAfter !== undefined && (isByTime || within !== undefined)) {
    refuse('it had an idleAfter, which is for the first by arrival without a within')
  }
  const idleAfterMs = idleAfterMsOf(idleAfter, 'deduplicate')
  const withinMs = within === undefined ? undefined : windowSize(within, "deduplicate's within")
  const latenessMs = allowedLatenessMs(allowedLateness)
  const idle = idleAfter === undefined ? '' : `, idle after ${idleAfterMs} ms`
  const late = latenessMs === 0 ? '' : `, ${latenessMs} ms late`
  return {
    keepsFirst: keep === 'first',
    isByTime,
    withinMs,
    latenessMs,
    idleAfterMs,
    duplicateOutput,
    lateOutput,
    detail: `${keep}${withinMs === undefined ? '' : ` within ${withinMs} ms`} by ${isByTime ? 'event time' : 'arrival'}${late}${idle}`,
  }
}

function refuse(what: string): never {
  throw new MillraceError('CORE_OPTION_INVALID', `deduplicate: ${what}`)
}
