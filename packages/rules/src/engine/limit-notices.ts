import { type KeyedProcessFunction, keyedProcess, valueState } from '@millrace/core'
import type { AlarmFact } from '../alarms/alarm-fact.ts'
import type { AlarmNotice } from '../alarms/alarm-notice.ts'
import { type AuditHead, auditEntry, START_OF_CHAIN } from '../alarms/audit-entry.ts'
import { groupNotices } from '../alarms/group-notices.ts'
import type { NoticeRate } from '../alarms/life-options.ts'
import { gateRule } from '../alarms/life-policy.ts'
import { type GateInput, gateDue, type NoticeGate, noticeGate } from '../alarms/notice-gate.ts'
import { clockOf } from './clock-of.ts'
import { alarmAudit } from './manage-alarms.ts'

type GateState = {
  readonly gate: ReturnType<typeof valueState<NoticeGate<AlarmNotice>>>
  readonly audit: ReturnType<typeof valueState<AuditHead>>
}
const GATE_STATE: GateState = { gate: valueState<NoticeGate<AlarmNotice>>(), audit: valueState<AuditHead>() }

/** What `limitNotices` gives: to be handed to `process` behind a `keyBy` of the recipient. */
export type NoticeLimit = KeyedProcessFunction<string, AlarmNotice, AlarmNotice, GateState>

/**
 * Limits what one recipient gets of all patients together: what is beyond the rate goes out as one notice, which says how many and which.
 * High priority never waits. Put it between the side output `alarmNotices` and the sink, behind a `keyBy` of `recipient`.
 *
 * Keeps, for each recipient, the times of the last notices within the rate and those that wait, and for ever the head of a chain of
 * the audit (`recipient:<id>`), which goes to the side output `alarmAudit`. Counters: `held`, `grouped`.
 *
 * @throws RULES_OPTION_INVALID
 */
export function limitNotices(rate: NoticeRate): NoticeLimit {
  const rule = gateRule(rate)
  const take = (input: GateInput<AlarmNotice>, ctx: Parameters<NoticeLimit['processRecord']>[1]): void => {
    const now = clockOf(ctx)
    const { state, events } = noticeGate(rule, ctx.state.gate.get(), input, now)
    ctx.state.gate.set(state)
    const before = ctx.state.audit.get() ?? START_OF_CHAIN
    let head = before
    const audit = (fact: AlarmFact): void => {
      const entry = auditEntry(`recipient:${ctx.key}`, head, now, fact)
      head = { seq: entry.seq, hash: entry.hash }
      ctx.emitTo(alarmAudit, entry, now)
    }
    for (const event of events) {
      if (event.type === 'grouped') {
        const notice = groupNotices(event.notices, now)
        const members = (notice.members ?? []).map(({ key }) => key)
        ctx.metrics.counter('grouped').add(members.length)
        audit({ type: 'notices-grouped', notice: notice.key, recipient: notice.recipient, members })
        ctx.emit(notice, now)
        continue
      }
      const { key, recipient, cause, alarm, rule, ruleVersion } = event.notice
      const about = { notice: key, recipient, cause, alarm, rule, ruleVersion }
      if (event.type === 'held') {
        ctx.metrics.counter('held').add(1)
        audit({ type: 'notice-held', ...about })
      } else {
        // What goes straight through stands in the audit of its patient.
        if (input.type === 'tick') audit({ type: 'notice', ...about })
        ctx.emit(event.notice, now)
      }
    }
    if (head !== before) ctx.state.audit.set(head)
    const due = gateDue(rule, state)
    if (due < Infinity) ctx.timers.processingTime.replace('due', due)
    else ctx.timers.processingTime.cancel('due')
  }
  return keyedProcess<AlarmNotice, AlarmNotice>()({
    state: GATE_STATE,
    sideOutputs: [alarmAudit],
    processRecord: (notice, ctx) => take({ type: 'notice', notice, isUrgent: notice.priority === 'high' }, ctx),
    onTimer: (_, ctx) => take({ type: 'tick' }, ctx),
  })
}
