import type { AlarmNotice, NoticeCause } from './alarm-notice.ts'
import type { Addressee } from './escalation.ts'
import type { LifeDraft } from './life-draft.ts'
import type { Raised } from './life-state.ts'

/**
 * What one recipient is told of an alarm.
 *
 * @param part what tells it from other notices of the alarm, such as `2.0`: the second time that it signals, the first step.
 */
export function noticeOf(
  { now, patientId, policy }: LifeDraft,
  { event, id }: Raised,
  { recipient, role }: Addressee,
  cause: NoticeCause,
  part: string,
): AlarmNotice {
  return {
    key: `${id}.${part}.${recipient}`,
    recipient,
    role,
    patientId,
    alarm: id,
    rule: event.rule,
    ruleVersion: event.ruleVersion,
    // That it was taken back is no emergency.
    priority: cause === 'retracted' ? 'low' : event.priority,
    kind: event.why.kind,
    cause,
    time: now,
    text: policy.text(event, id),
  }
}

/** The alarm, the episode and the step of a notice's key; undefined where it is of no step. */
export function stepOfKey(key: string): { alarm: string; episode: number; step: number } | undefined {
  const parts = /^([^.]+)\.(\d+)\.(\d+)\./.exec(key)
  if (parts === null) return undefined
  return { alarm: parts[1] as string, episode: Number(parts[2]), step: Number(parts[3]) }
}
