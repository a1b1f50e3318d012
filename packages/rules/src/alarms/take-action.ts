import { acknowledgement } from './acknowledgement.ts'
import type { ActionCode, AlarmAction } from './alarm-action.ts'
import type { AlarmEvent } from './alarm-event.ts'
import { type ActionBounds, actionOf, checkAction } from './check-action.ts'
import { conditionPresence } from './condition-presence.ts'
import { about, type LifeDraft, raisedOf } from './life-draft.ts'
import type { LiveAlarm, Raised } from './life-state.ts'
import { stepOfKey } from './notice-of.ts'
import { finish } from './take-event.ts'
import { takePause } from './take-pause.ts'
import { tell } from './tell.ts'

const LONGEST_ACTOR = 200

/** Takes what a person does, or a channel reports. What nothing can come of is rejected with a code, and audited. */
export function takeAction(draft: LifeDraft, action: AlarmAction): void {
  const code = checkAction(action, boundsOf(draft), draft.now)
  if (code !== undefined) {
    reject(draft, action, code)
    return
  }
  switch (action.action) {
    case 'acknowledge':
      acknowledge(draft, action)
      break
    case 'pause':
    case 'snooze':
    case 'silence': {
      const { action: kind, actor, reason, rule, until } = action
      takePause(draft, { type: 'start', pause: { kind, rule: rule ?? null, since: draft.now, until, actor, reason } })
      break
    }
    case 'resume': {
      const { actor, rule = null, reason } = action
      const before = draft.pauses
      takePause(draft, { type: 'resume', rule, actor }, reason)
      if (draft.pauses === before) draft.fact({ type: 'resume-of-nothing', rule, actor })
      break
    }
    case 'assign': {
      const { actor, recipients, role, until } = action
      const others = draft.assignments.filter((held) => held.role !== role)
      draft.assignments = [...others, { role, recipients: [...new Set(recipients)], until }]
      draft.fact({ type: 'assigned', role, recipients, until, actor })
      break
    }
    case 'delivered':
    case 'undelivered':
      takeDelivery(draft, action)
      break
  }
}

/** The rules and roles of the set, and those of alarms that another version of it has raised. */
function boundsOf({ alarms, policy }: LifeDraft): ActionBounds {
  const events = (): AlarmEvent[] => [...alarms.values()].flatMap((alarm) => raisedOf(alarm)?.event ?? [])
  return {
    ...policy.bounds,
    hasRule: (id) => policy.bounds.hasRule(id) || events().some(({ rule }) => rule === id),
    hasRole: (role) =>
      policy.bounds.hasRole(role) ||
      events().some((event) => policy.policyOf(event).steps.some(({ roles }) => roles.includes(role))),
  }
}

function acknowledge(draft: LifeDraft, action: AlarmAction & { action: 'acknowledge' }): void {
  const found = alarmOf(draft, action.alarm)
  if (found === undefined) {
    reject(draft, action, 'ACTION_ALARM_UNKNOWN')
    return
  }
  const [slot, alarm, raised] = found
  const { actor, reason } = action
  const { state, events } = acknowledgement(alarm.acknowledged, { type: 'acknowledge', actor }, draft.now)
  for (const type of events) {
    if (type === 'forgotten') continue
    draft.fact({ type, ...about(raised), actor, ...(reason !== undefined && { reason }) })
  }
  const known = draft.change(slot, alarm, { acknowledged: state })
  const policy = draft.policy.policyOf(raised.event)
  const step = conditionPresence(policy, alarm.presence, { type: 'acknowledged' }, draft.now)
  if (!step.events.includes('ended')) return
  draft.fact({ type: 'ended', ...about(raised), time: alarm.ended ?? draft.now })
  finish(draft, slot, known, step.state)
}

function takeDelivery(draft: LifeDraft, action: AlarmAction & { action: 'delivered' | 'undelivered' }): void {
  const { action: type, actor, code, notice, recipient } = action
  draft.fact({ type, notice, recipient, actor, ...(code !== undefined && { code }) })
  const step = stepOfKey(notice)
  if (type === 'delivered' || step === undefined) return
  const found = alarmOf(draft, step.alarm)
  if (found !== undefined && found[1].escalation?.episode === step.episode) {
    const [slot, alarm] = found
    tell(draft, slot, alarm, { type: 'undelivered', step: step.step, isAcknowledged: alarm.acknowledged !== undefined })
  }
}

/** The alarm of an id, also where that is the id of its latest recurrence. */
function alarmOf(draft: LifeDraft, id: string): [slot: string, alarm: LiveAlarm, raised: Raised] | undefined {
  for (const [slot, alarm] of draft.alarms) {
    const raised = raisedOf(alarm)
    if (raised === undefined || alarm.presence.phase === 'rearming') continue
    if (raised.id === id || alarm.presence.latest.id === id) return [slot, alarm, raised]
  }
  return undefined
}

function reject(draft: LifeDraft, given: unknown, code: ActionCode): void {
  const action = actionOf(given)
  const actor: unknown = Object(given).actor
  const isActor = typeof actor === 'string' && actor !== '' && actor.length <= LONGEST_ACTOR
  draft.fact({ type: 'action-rejected', action, code, ...(isActor && { actor }) })
  draft.events.push({ type: 'rejected', rejected: { patientId: draft.patientId, action, code, time: draft.now } })
}
