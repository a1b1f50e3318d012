import { type Addressee, type EscalationInput, type EscalationStep, escalation } from './escalation.ts'
import { about, type LifeDraft, raisedOf } from './life-draft.ts'
import type { StepPolicy } from './life-policy.ts'
import type { LiveAlarm, Raised } from './life-state.ts'
import { noticeOf } from './notice-of.ts'

/** Takes an alarm's escalation on, and tells whom it says. Returns the alarm as it is then. */
export function tell(draft: LifeDraft, slot: string, alarm: LiveAlarm, input: EscalationInput): LiveAlarm {
  const raised = raisedOf(alarm) as Raised
  const steps = stepsOf(draft, raised)
  const { state, events } = escalation(steps, alarm.escalation, input, draft.now)
  if (state === alarm.escalation && events.length === 0) return alarm
  let changed = draft.change(slot, alarm, { escalation: state })
  for (const event of events) {
    if (event.type === 'passed') {
      draft.fact({ type: 'step-passed', ...about(raised), step: event.step, because: event.because })
    } else if (event.type === 'told') {
      changed = tellAll(draft, slot, changed, event.recipients, event.because, `${state?.episode}.${event.step}`)
    } else {
      const recipients = draft.policy.fallback.map((recipient) => ({ role: null, recipient }))
      changed = tellAll(draft, slot, changed, recipients, 'fallback', `${state?.episode}.f`)
    }
  }
  return changed
}

/** Tells of an alarm again: those of its first step that finds anyone, else those of `fallback`. */
export function remind(draft: LifeDraft, slot: string, alarm: LiveAlarm, count: number): LiveAlarm {
  const steps = stepsOf(draft, raisedOf(alarm) as Raised)
  const found = steps.map((step) => step.recipientsAt(draft.now)).find((recipients) => recipients.length > 0)
  const recipients = found ?? draft.policy.fallback.map((recipient) => ({ role: null, recipient }))
  return tellAll(draft, slot, alarm, recipients, 'reminder', `r${count}`)
}

/** A rule's steps, with who has each role for this patient now. */
export function stepsOf({ assignments, policy }: LifeDraft, { event }: Raised): readonly EscalationStep[] {
  const { ward } = event
  return policy.policyOf(event).steps.map((step) => {
    return {
      afterMs: step.afterMs,
      unlessAcknowledged: step.unlessAcknowledged,
      recipientsAt: (time: number) => addresseesAt({ policy, assignments, ward }, step, time),
    }
  })
}

function tellAll(
  draft: LifeDraft,
  slot: string,
  alarm: LiveAlarm,
  recipients: readonly Addressee[],
  cause: 'raised' | 'escalated' | 'undelivered' | 'fallback' | 'reminder',
  part: string,
): LiveAlarm {
  const raised = raisedOf(alarm) as Raised
  for (const addressee of recipients) draft.notify(noticeOf(draft, raised, addressee, cause, part))
  return draft.change(slot, alarm, { told: [...new Set([...alarm.told, ...recipients.map((to) => to.recipient)])] })
}

/** What decides who is told, beside the step and the time. */
interface Whose extends Pick<LifeDraft, 'policy' | 'assignments'> {
  /** The patient's, in whose time zone schedules hold. */
  readonly ward: string | undefined
}

function addresseesAt(whose: Whose, { during, roles }: StepPolicy, time: number): readonly Addressee[] {
  if (during !== undefined && !during(whose.ward).holdsAt(time)) return []
  const found = new Map<string, Addressee>()
  for (const role of roles) {
    for (const recipient of recipientsOf(whose, role, time)) {
      if (!found.has(recipient)) found.set(recipient, { role, recipient })
    }
  }
  return [...found.values()]
}

function recipientsOf({ assignments, policy, ward }: Whose, role: string, time: number): readonly string[] {
  const assigned = assignments.find((held) => held.role === role && time < held.until)
  if (assigned !== undefined) return assigned.recipients
  const holders = policy.holdersOf(role)
  if (holders === undefined) return [role]
  return holders
    .filter(({ during }) => during === undefined || during(ward).holdsAt(time))
    .flatMap(({ recipients }) => recipients)
}
