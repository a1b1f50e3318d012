import type { AlarmHold, AlarmRecord, AlarmSignal, UnnumberedRecord } from './alarm-record.ts'
import type { LiveAlarm, Raised } from './life-state.ts'

/** An alarm as it stands now. `status` says how it ended, where it has. */
export function recordOf(
  raised: Raised,
  alarm: LiveAlarm,
  hold: AlarmHold | undefined,
  now: number,
  status: AlarmRecord['status'] = 'in-progress',
): UnnumberedRecord {
  const { event, id } = raised
  const { acknowledged, annotation, ended, recurrences } = alarm
  const { why } = event
  return {
    id,
    patientId: event.patientId,
    rule: event.rule,
    ruleVersion: event.ruleVersion,
    kind: why.kind,
    priority: event.priority,
    status,
    presence: status === 'in-progress' && alarm.presence.phase === 'on',
    since: why.since ?? event.time,
    raised: event.time,
    ...(ended !== undefined && { ended }),
    ...(acknowledged !== undefined && { acknowledged }),
    signal: status === 'in-progress' ? signalOf(alarm, hold) : { activation: 'on', presence: 'off' },
    recurrences,
    label: why.because ?? why.condition,
    why,
    ...(annotation !== undefined && { annotation }),
    time: now,
  }
}

/**
 * The alarm signal, in FHIR's codes.
 *
 * ```
 *                        held: nothing     pause, snooze, silence, late     suppressed
 *   on                   on / on           paused / off                     off / off
 *   on, acknowledged     on / ack          paused / ack                     off / ack
 *   latched              on / latched      paused / latched                 off / latched
 * ```
 */
function signalOf({ acknowledged, escalation, presence }: LiveAlarm, hold: AlarmHold | undefined): AlarmSignal {
  const activation = hold === undefined ? 'on' : hold.by === 'suppression' ? 'off' : 'paused'
  const given = hold === undefined ? 'on' : 'off'
  const latched = presence.phase === 'latched' ? 'latched' : given
  return {
    activation,
    presence: acknowledged !== undefined ? 'ack' : latched,
    ...(escalation !== undefined && { since: escalation.since }),
    ...(hold !== undefined && { hold }),
  }
}
