import type { AlarmCorrection } from './alarm-correction.ts'
import type { AlarmEvent } from './alarm-event.ts'
import type { AlarmRecord } from './alarm-record.ts'
import { conditionPresence } from './condition-presence.ts'
import { lateArrival } from './late-arrival.ts'
import { about, type LifeDraft, raisedOf } from './life-draft.ts'
import type { LiveAlarm, Raised } from './life-state.ts'
import { noticeOf } from './notice-of.ts'
import { recordOf } from './record-of.ts'

/** What an alarm is about: its rule, or, apart from that, that the rule failed. */
function slotOf({ rule, why }: Pick<AlarmEvent, 'rule' | 'why'>): string {
  return why.error === undefined ? rule : `${rule}!${why.error}`
}

/** Takes an alarm that begins or ends, or what was found out about one later. */
export function takeEvent(draft: LifeDraft, event: AlarmEvent | AlarmCorrection): void {
  const { id } = event
  switch (event.event) {
    case 'raised':
      raise(draft, { id, event: event as AlarmEvent })
      break
    case 'cleared':
      clear(draft, id, event as AlarmEvent)
      break
    case 'annotated':
    case 'retracted':
      correct(draft, id, event as AlarmCorrection)
      break
  }
}

/** Begins an alarm: one that was raised just now, or that was held until its rule was re-armed. */
export function begin(draft: LifeDraft, slot: string, raised: Raised): void {
  const presence = { phase: 'on', alarm: raised, latest: raised } as const
  draft.alarms.set(slot, { presence, episodes: 0, recurrences: 0, shown: '', told: [] })
  const { time, priority, ward, why } = raised.event
  draft.fact({ type: 'raised', ...about(raised), time, priority, why, ...(ward !== undefined && { ward }) })
}

/** The last record of an alarm that is over, and what is left of it: a rule that re-arms, or nothing. */
export function finish(
  draft: LifeDraft,
  slot: string,
  alarm: LiveAlarm,
  rest: LiveAlarm['presence'] | undefined,
  status: Exclude<AlarmRecord['status'], 'in-progress'> = 'completed',
): void {
  const raised = raisedOf(alarm) as Raised
  draft.events.push({ type: 'record', record: recordOf(raised, alarm, undefined, draft.now, status) })
  if (rest === undefined) draft.alarms.delete(slot)
  else draft.alarms.set(slot, { presence: rest, episodes: 0, recurrences: 0, shown: '', told: [] })
}

function raise(draft: LifeDraft, raised: Raised): void {
  const { event } = raised
  const slot = slotOf(event)
  const alarm = draft.alarms.get(slot)
  const { time, why } = event
  const known = alarm === undefined ? undefined : alarm.presence
  if (known?.phase === 'on' && known.latest.id === raised.id) {
    draft.fact({ type: 'ignored', ...about(raised), event: 'raised', time, why })
    return
  }
  const policy = draft.policy.policyOf(event)
  const { state, events } = conditionPresence(policy, known, { type: 'raised', alarm: raised }, draft.now)
  if (events.includes('began')) {
    begin(draft, slot, raised)
    holdIfLate(draft, slot, raised)
    return
  }
  const presence = state as LiveAlarm['presence']
  if (events.includes('held')) {
    draft.change(slot, alarm as LiveAlarm, { presence })
    draft.fact({ type: 'held-until-rearmed', ...about(raised), time, why })
    return
  }
  const { recurrences } = alarm as LiveAlarm
  draft.change(slot, alarm as LiveAlarm, { presence, recurrences: recurrences + 1, ended: undefined })
  draft.fact({ type: 'recurred', ...about(raisedOf(alarm as LiveAlarm) as Raised), time, why })
}

function holdIfLate(draft: LifeDraft, slot: string, raised: Raised): void {
  const input = { type: 'raised', time: raised.event.time } as const
  const { state } = lateArrival(draft.policy.late, undefined, input, draft.now)
  if (state === undefined) return
  draft.change(slot, draft.alarms.get(slot) as LiveAlarm, { late: state })
  draft.fact({ type: 'late', ...about(raised), until: state })
}

function clear(draft: LifeDraft, id: string, event: AlarmEvent): void {
  const slot = slotOf(event)
  const alarm = draft.alarms.get(slot)
  const begun = alarm === undefined ? undefined : raisedOf(alarm)
  const policy = draft.policy.policyOf(begun?.event ?? event)
  const isAcknowledged = alarm?.acknowledged !== undefined
  const input = { type: 'cleared', isAcknowledged } as const
  const { state, events } = conditionPresence(policy, alarm?.presence, input, draft.now)
  const { time, why } = event
  const [what] = events
  // The end of an earlier alarm of the rule, that comes again, is not that of this one.
  if (alarm === undefined || what === 'ignored' || openIdOf(alarm) !== id) {
    draft.fact({ type: 'ignored', ...about({ id, event }), event: 'cleared', time, why })
    return
  }
  const raised = begun ?? { id, event }
  if (what === 'released-unheard') {
    draft.change(slot, alarm, { presence: state as LiveAlarm['presence'] })
    draft.fact({ type: 'released-unheard', ...about(raised), time, why })
  } else if (what === 'latched') {
    draft.change(slot, alarm, { presence: state as LiveAlarm['presence'], ended: time })
    draft.fact({ type: 'latched', ...about(raised), time, why })
  } else {
    draft.fact({ type: 'ended', ...about(raised), time, why })
    finish(draft, slot, { ...alarm, ended: time }, state)
  }
}

/** The id of what ends next: of the condition that is there, or is held until its rule is re-armed. */
function openIdOf({ presence }: LiveAlarm): string | undefined {
  return presence.phase === 'rearming' ? presence.held?.id : presence.latest.id
}

/** What is found out later pages nobody; who was told of what never was is told so. */
function correct(draft: LifeDraft, id: string, correction: AlarmCorrection): void {
  const slot = slotOf(correction)
  const alarm = draft.alarms.get(slot)
  const raised = alarm === undefined ? undefined : raisedOf(alarm)
  const { event: what, ...about_ } = correction
  const { time, why } = correction
  const event = { ...about_, event: 'raised' } as const
  draft.fact({ type: what, ...about({ id, event }), time, why })
  if (alarm !== undefined && raised?.id === id) {
    if (what === 'annotated') draft.change(slot, alarm, { annotation: why })
    else retract(draft, slot, alarm, time)
  } else if (what === 'retracted') {
    // What came back of an alarm, or is held until its rule is re-armed, never was: it ends.
    if (alarm !== undefined && openIdOf(alarm) === id) clear(draft, id, { ...about_, event: 'cleared' })
    else retractForgotten(draft, { id, event })
  }
}

function retract(draft: LifeDraft, slot: string, alarm: LiveAlarm, time: number): void {
  const raised = raisedOf(alarm) as Raised
  finish(draft, slot, { ...alarm, ended: time }, undefined, 'entered-in-error')
  for (const recipient of alarm.told) {
    draft.notify(noticeOf(draft, raised, { role: null, recipient }, 'retracted', 'x'))
  }
  // What has come back meanwhile was part of this alarm. It is there, and an alarm of its own now.
  const { presence } = alarm
  if (presence.phase === 'on' && presence.latest.id !== raised.id) begin(draft, slot, presence.latest)
}

/** An alarm that is over and forgotten: whoever keeps its records is told, since nobody here knows who was. */
function retractForgotten(draft: LifeDraft, raised: Raised): void {
  const { time } = raised.event
  const presence = { phase: 'on', alarm: raised, latest: raised } as const
  const alarm = {
    presence,
    episodes: 0,
    recurrences: 0,
    shown: '',
    told: [],
    ended: time,
  }
  draft.events.push({ type: 'record', record: recordOf(raised, alarm, undefined, draft.now, 'entered-in-error') })
}
