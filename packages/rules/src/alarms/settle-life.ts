import { PRIORITIES } from '../schema/rule-data.ts'
import type { AlarmHold } from './alarm-record.ts'
import { conditionPresence, presenceDue } from './condition-presence.ts'
import { escalationDue } from './escalation.ts'
import { lateArrival } from './late-arrival.ts'
import { about, type LifeDraft, raisedOf } from './life-draft.ts'
import type { LiveAlarm, Raised } from './life-state.ts'
import { gateDue } from './notice-gate.ts'
import { pauseOf, pausesDue } from './pauses.ts'
import { recordOf } from './record-of.ts'
import { reminder } from './reminder.ts'
import { suppression, suppressorOf } from './suppression.ts'
import { begin } from './take-event.ts'
import { takePause } from './take-pause.ts'
import { remind, stepsOf, tell } from './tell.ts'

/** Ends what has run out by now: pauses, assignments, the time until a rule is re-armed, that for which a late alarm is held. */
export function expire(draft: LifeDraft): void {
  takePause(draft, { type: 'tick' })
  for (const { role, until } of draft.assignments) {
    if (until <= draft.now) draft.fact({ type: 'assignment-expired', role })
  }
  draft.assignments = draft.assignments.filter(({ until }) => until > draft.now)
  for (const [slot, alarm] of draft.alarms) {
    if (alarm.presence.phase === 'rearming') rearm(draft, slot, alarm)
    else if (alarm.late !== undefined) endLate(draft, slot, alarm)
  }
}

/** Lets every alarm signal that nothing holds back, quiets the others, tells who is to be told, and records what has changed. */
export function settle(draft: LifeDraft): void {
  for (const [slot, alarm] of draft.alarms) suppress(draft, slot, alarm)
  for (const [slot, alarm] of draft.alarms) if (raisedOf(alarm) !== undefined) settleAlarm(draft, slot, alarm)
  draft.tickGates()
}

/** When something is due by itself; Infinity where nothing is. */
export function lifeDue(draft: LifeDraft): number {
  let due = pausesDue(draft.pauses)
  for (const { until } of draft.assignments) due = Math.min(due, until)
  for (const { gate } of draft.gates) due = Math.min(due, gateDue(draft.policy.gate, gate))
  for (const alarm of draft.alarms.values()) {
    due = Math.min(due, presenceDue(alarm.presence), alarm.late ?? Infinity, alarm.reminder?.next ?? Infinity)
    const raised = raisedOf(alarm)
    if (raised === undefined || alarm.escalation === undefined) continue
    due = Math.min(due, escalationDue(stepsOf(draft, raised), alarm.escalation))
  }
  return due
}

/** What a rule says matters to how an alarm begins and ends, not to when its rule is armed again. */
const NO_RULE = { latching: false, rearmMs: 0 }

function rearm(draft: LifeDraft, slot: string, alarm: LiveAlarm): void {
  const step = conditionPresence(NO_RULE, alarm.presence, { type: 'tick' }, draft.now)
  const [what] = step.events
  if (what === undefined) return
  draft.alarms.delete(slot)
  draft.fact({ type: 'rearmed', rule: slot })
  if (step.state?.phase === 'on') begin(draft, slot, step.state.alarm)
}

function endLate(draft: LifeDraft, slot: string, alarm: LiveAlarm): void {
  const { state } = lateArrival(draft.policy.late, alarm.late, { type: 'tick' }, draft.now)
  if (state !== undefined) return
  draft.change(slot, alarm, { late: undefined })
  draft.fact({ type: 'no-longer-late', ...about(raisedOf(alarm) as Raised) })
}

function suppress(draft: LifeDraft, slot: string, alarm: LiveAlarm): void {
  const raised = raisedOf(alarm)
  if (raised === undefined) return
  const by = suppressorOf(slot, {
    strongerThan: (rule) => strongerThan(draft, rule),
    isPresent: (rule) => draft.alarms.get(rule)?.presence.phase === 'on',
    isHeld: (rule) => isHeldBack(draft, draft.alarms.get(rule) as LiveAlarm),
  })
  const { state, events } = suppression(alarm.suppressedBy, by)
  if (events.length === 0) return
  draft.change(slot, alarm, { suppressedBy: state })
  for (const event of events) {
    const other = event.type === 'suppressed' ? event.by : event.from
    draft.fact({ type: event.type, ...about(raised), by: other })
  }
}

/** Of other versions of the rules some may be of lower priority now: they speak for nobody above them. */
function strongerThan(draft: LifeDraft, rule: string): readonly string[] {
  const eventOf = (slot: string) => {
    const alarm = draft.alarms.get(slot)
    return alarm === undefined ? undefined : raisedOf(alarm)?.event
  }
  const event = eventOf(rule)
  if (event === undefined) return []
  const rank = PRIORITIES.indexOf(event.priority)
  return draft.policy.policyOf(event).suppressedBy.filter((stronger) => {
    const other = eventOf(stronger)
    return other !== undefined && PRIORITIES.indexOf(other.priority) <= rank
  })
}

function settleAlarm(draft: LifeDraft, slot: string, before: LiveAlarm): void {
  const raised = raisedOf(before) as Raised
  const isAcknowledged = before.acknowledged !== undefined
  const hold = holdOf(draft, before)
  let alarm = before
  if (hold === undefined && !isAcknowledged && alarm.escalation === undefined) {
    const episode = alarm.episodes + 1
    alarm = tell(draft, slot, draft.change(slot, alarm, { episodes: episode }), { type: 'signal', episode })
    draft.fact({ type: 'signals', ...about(raised) })
  } else if (hold !== undefined && alarm.escalation !== undefined) {
    alarm = tell(draft, slot, alarm, { type: 'quiet' })
    draft.fact({ type: 'quiet', ...about(raised) })
  }
  alarm = tell(draft, slot, alarm, { type: 'tick', isAcknowledged })
  alarm = remindOf(draft, slot, alarm, hold)
  record(draft, slot, alarm, hold)
}

function remindOf(draft: LifeDraft, slot: string, alarm: LiveAlarm, hold: AlarmHold | undefined): LiveAlarm {
  const { now, policy } = draft
  if (policy.remindEveryMs === Infinity) return alarm
  const isPaused = hold !== undefined && hold.by !== 'suppression' && hold.by !== 'late'
  const isQuiet =
    alarm.presence.phase === 'on' && (isPaused || (hold === undefined && alarm.acknowledged !== undefined))
  const { state } = reminder(policy.remindEveryMs, alarm.reminder, { type: isQuiet ? 'quiet' : 'heard' }, now)
  const step = reminder(policy.remindEveryMs, state, { type: 'tick' }, now)
  if (step.state === alarm.reminder) return alarm
  let changed = draft.change(slot, alarm, { reminder: step.state })
  for (const { count } of step.events) changed = remind(draft, slot, changed, count)
  return changed
}

function record(draft: LifeDraft, slot: string, alarm: LiveAlarm, hold: AlarmHold | undefined): void {
  const { acknowledged, annotation, ended, presence, recurrences } = alarm
  const shown = JSON.stringify([presence.phase, hold, acknowledged, recurrences, ended, annotation])
  if (shown === alarm.shown) return
  const changed = draft.change(slot, alarm, { shown })
  draft.events.push({ type: 'record', record: recordOf(raisedOf(alarm) as Raised, changed, hold, draft.now) })
}

function holdOf(draft: LifeDraft, alarm: LiveAlarm): AlarmHold | undefined {
  const { event } = raisedOf(alarm) as Raised
  if (alarm.late !== undefined) return { by: 'late', until: alarm.late }
  const pause = pauseOf(draft.pauses, event.rule, event.priority)
  if (pause !== undefined) return { by: pause.kind, until: pause.until, actor: pause.actor }
  return alarm.suppressedBy === undefined ? undefined : { by: 'suppression', rule: alarm.suppressedBy }
}

/** Whether something else than a stronger alarm keeps an alarm from signalling. */
function isHeldBack(draft: LifeDraft, alarm: LiveAlarm): boolean {
  const hold = holdOf(draft, { ...alarm, suppressedBy: undefined })
  return hold !== undefined
}
