import { PRIORITIES } from '../schema/rule-data.ts'
import { sha256 } from '../schema/sha-256.ts'
import type { AlarmNotice, NoticeMember } from './alarm-notice.ts'

/** Several notices of one recipient as one, which says how many and which. Its key follows from theirs. */
export function groupNotices(notices: readonly AlarmNotice[], now: number): AlarmNotice {
  const members = notices.flatMap(({ members, ...notice }) => members ?? [memberOf(notice)])
  const [first] = notices.toSorted((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority))
  const { recipient } = first as AlarmNotice
  const digest = sha256(JSON.stringify(members.map(({ key }) => key))).slice(0, 32)
  return {
    ...(first as AlarmNotice),
    key: `group.${digest}.${recipient}`,
    cause: 'grouped',
    time: now,
    text: [`${members.length} alarms`, ...members.map(({ text }) => text)].join('\n'),
    members,
  }
}

function memberOf({ key, patientId, alarm, rule, priority, cause, text }: AlarmNotice): NoticeMember {
  return { key, patientId, alarm, rule, priority, cause, text }
}
