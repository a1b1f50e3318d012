import { LifeDraft } from './life-draft.ts'
import type { LifePolicy } from './life-policy.ts'
import type { LifeEvent, LifeInput, PatientLife } from './life-state.ts'
import { expire, lifeDue, settle } from './settle-life.ts'
import type { Step } from './step.ts'
import { takeAction } from './take-action.ts'
import { takeEvent } from './take-event.ts'

export interface LifeStep extends Step<PatientLife | undefined, LifeEvent> {
  /** When the next tick has something to do; Infinity where it never has. */
  readonly due: number
}

/**
 * One input in the life of a patient's alarms, through all of their machines:
 *
 * ```
 *   what has run out ─► the input ─► who speaks for whom ─► what signals, what is quiet ─► who is told ─► gates ─► records
 *   (pauses, late,      (event,      (suppression)          (episodes of escalation)                     (rates)
 *    re-arming)          action)
 * ```
 *
 * Depends on its arguments alone: the same inputs at the same times give the same events. `now` is the job's clock; it never
 * goes back. What is due by itself wants a tick at `due`, or any input later.
 */
export function patientLife(
  policy: LifePolicy,
  patientId: string,
  state: PatientLife | undefined,
  input: LifeInput,
  now: number,
): LifeStep {
  const draft = new LifeDraft(policy, patientId, state, now)
  expire(draft)
  // What was due before the input comes before it, as if a tick had come in time.
  if (state !== undefined && input.type !== 'tick') settle(draft)
  if (input.type === 'event') takeEvent(draft, input.event)
  else if (input.type === 'action') takeAction(draft, input.action)
  settle(draft)
  return { state: draft.life(), events: draft.events, due: lifeDue(draft) }
}
