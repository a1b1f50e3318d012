import type { Closure, PatientView } from '../compile/patient-view.ts'
import { TRUE, type Truth } from '../compile/truth.ts'

// Four numbers a rule and patient, one after the other in an array.
/** Bits: the alarm is raised; the rule failed. */
export const FLAGS = 0
/** Since when the awaited condition has been known true without a break; NaN where it is not, or `SPENT`. */
export const RUN = 1
/** When the alarm was last raised or cleared: no run begins earlier. */
export const SINCE = 2
/** Of a raised alarm: since when its condition had held. An alarm is known by that. */
export const BEGAN = 3

export const RAISED = 1
export const FAULTED = 2

/** A run that never comes due, but must end before another can begin. */
const SPENT = Infinity

/** A condition and how long it must hold. */
export interface Awaited {
  readonly holds: Closure
  readonly delayMs: number
}

/** What the machine needs of a rule. Which of the two is awaited follows from whether the alarm is raised. */
export interface DelayedAlarm {
  readonly raise: Awaited
  readonly clear: Awaited
}

/** Told when an alarm begins or ends, the condition having been true from `since` to `time`. */
export type Transition = (event: 'raised' | 'cleared', time: number, since: number) => void

/**
 * When the alarm will next begin or end if nothing is heard; NaN where it will not.
 *
 * ```
 *    condition   ────┐true ┌──unknown──┐true ──────────────────
 *                                      s ····· for ····· s + for: raised; the clear condition is awaited from here on
 * ```
 */
export function dueOf(alarm: DelayedAlarm, cells: Float64Array, at: number): number {
  const raised = ((cells[at + FLAGS] as number) & RAISED) !== 0
  return (cells[at + RUN] as number) + (raised ? alarm.clear.delayMs : alarm.raise.delayMs)
}

/** The condition that is awaited now: the rule's own, or the end of the alarm. */
export function awaited(alarm: DelayedAlarm, cells: Float64Array, at: number): Awaited {
  return ((cells[at + FLAGS] as number) & RAISED) !== 0 ? alarm.clear : alarm.raise
}

/**
 * What a new annotation means for the run, as the new value of its RUN cell.
 *
 * @param before whether the awaited condition was known true up to this moment, by what was known before: a value may have
 *   run out in between. Only asked for where a run is under way.
 * @param after whether it is known true now.
 * @param start the moment from which what is known now has been so.
 */
export function runAfter(cells: Float64Array, at: number, before: Truth, after: Truth, start: number): number {
  if (after !== TRUE) return Number.NaN
  const run = cells[at + RUN] as number
  return !Number.isNaN(run) && before === TRUE ? run : Math.max(start, cells[at + SINCE] as number)
}

/**
 * Raises and clears, in order of time, what is due before `bound` (at `bound` too, if `inclusive`), no annotation coming
 * in between. `cells` must be the caller's own to write.
 */
export function settle(
  alarm: DelayedAlarm,
  cells: Float64Array,
  at: number,
  view: PatientView,
  bound: number,
  inclusive: boolean,
  transition: Transition,
): void {
  for (;;) {
    const due = dueOf(alarm, cells, at)
    if (!(inclusive ? due <= bound : due < bound)) return
    // Values may have run out on the way; what is known true at the end was true all along, see `Closure`.
    if (awaited(alarm, cells, at).holds(view, due) !== TRUE) {
      cells[at + RUN] = Number.NaN
      return
    }
    const wasRaised = ((cells[at + FLAGS] as number) & RAISED) !== 0
    if (!wasRaised) cells[at + BEGAN] = cells[at + RUN] as number
    transition(wasRaised ? 'cleared' : 'raised', due, cells[at + RUN] as number)
    // Both conditions hold and neither waits: one alarm is enough until the condition has been otherwise in between.
    const again = wasRaised && cells[at + SINCE] === due && alarm.raise.delayMs + alarm.clear.delayMs === 0
    cells[at + FLAGS] = (cells[at + FLAGS] as number) ^ RAISED
    cells[at + SINCE] = due
    const holds = awaited(alarm, cells, at).holds(view, due) === TRUE
    cells[at + RUN] = !holds ? Number.NaN : again ? SPENT : due
  }
}
