import {
  type KeyedCoProcessFunction,
  type KeyedProcessContext,
  keyedCoProcess,
  type OutputTag,
  outputTag,
  valueState,
} from '@millrace/core'
import type { AlarmAction, RejectedAction } from '../alarms/alarm-action.ts'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { AlarmFact } from '../alarms/alarm-fact.ts'
import type { AlarmNotice } from '../alarms/alarm-notice.ts'
import type { AlarmRecord } from '../alarms/alarm-record.ts'
import type { AuditEntry, AuditHead } from '../alarms/audit-entry.ts'
import type { AlarmLifeOptions } from '../alarms/life-options.ts'
import { lifePolicy } from '../alarms/life-policy.ts'
import type { LifeInput, PatientLife } from '../alarms/life-state.ts'
import { patientLife } from '../alarms/patient-life.ts'
import { type LifeOutput, writeDown } from '../alarms/write-down.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { clockOf } from './clock-of.ts'

/** Side outputs of `manageAlarms`: whom to tell, what happened, and actions of which nothing came. */
export const alarmNotices: OutputTag<AlarmNotice> = outputTag<AlarmNotice>('alarm-notices')
export const alarmAudit: OutputTag<AuditEntry<AlarmFact>> = outputTag<AuditEntry<AlarmFact>>('alarm-audit')
export const rejectedActions: OutputTag<RejectedAction> = outputTag<RejectedAction>('rejected-actions')

type LifeState = {
  readonly life: ReturnType<typeof valueState<PatientLife>>
  readonly audit: ReturnType<typeof valueState<AuditHead>>
}
const LIFE_STATE: LifeState = { life: valueState<PatientLife>(), audit: valueState<AuditHead>() }
type Context = KeyedProcessContext<string, AlarmRecord, LifeState>

/** What `manageAlarms` gives: to be handed to `process` of alarms and actions, both keyed by the patient's id. */
export type AlarmManagement = KeyedCoProcessFunction<
  string,
  AlarmEvent | AlarmCorrection,
  AlarmAction,
  AlarmRecord,
  LifeState
>

/** The timer that finds what is due by itself: there is at most one a patient. */
const DUE = 'due'

/**
 * Takes alarms through their life: latching, acknowledgement, pauses, suppression, escalation, rates. The first input has the events of
 * `evaluateRules`, the second what people do (`AlarmAction`), both behind a `keyBy` of the patient's id.
 *
 * Emits an `AlarmRecord` at each change of an alarm. Side outputs: `alarmNotices`, `alarmAudit` (a chain of hashes a patient) and
 * `rejectedActions`. Timers go by the job's clock, and stand in checkpoints like all that is alive. Of each patient are kept what is alive, freed when
 * it is over and its rule re-armed, and for ever the head of the audit's chain: a number and a hash. Counters: `alarms`, `notices`,
 * `rejected`.
 *
 * What each part does stands in docs/concepts/alarm-life.md.
 *
 * @throws RULES_OPTION_INVALID
 * @throws RULES_CLOCK_MISSING while it runs, in a replay whose records have no timestamps.
 */
export function manageAlarms(ruleSet: RuleSet, options: AlarmLifeOptions = {}): AlarmManagement {
  const policy = lifePolicy(ruleSet, options)
  const take = (input: LifeInput, ctx: Context): void => {
    const now = clockOf(ctx)
    const before = ctx.state.life.get()
    const { due, events, state } = patientLife(policy, ctx.key, before, input, now)
    if (state !== before) ctx.state.life.set(state)
    const known = ctx.state.audit.get()
    const { head, outputs } = writeDown(ctx.key, known, events, now)
    for (const output of outputs) emit(output, now, ctx)
    if (head !== undefined && head !== known) ctx.state.audit.set(head)
    if (due < Infinity) ctx.timers.processingTime.replace(DUE, due)
    else ctx.timers.processingTime.cancel(DUE)
  }
  return keyedCoProcess<AlarmEvent | AlarmCorrection, AlarmAction, AlarmRecord>()({
    state: LIFE_STATE,
    sideOutputs: [alarmNotices, alarmAudit, rejectedActions],
    processFirst: (event, ctx) => take({ type: 'event', event }, ctx),
    processSecond: (action, ctx) => take({ type: 'action', action }, ctx),
    onTimer: (_, ctx) => take({ type: 'tick' }, ctx),
  })
}

function emit({ type, value }: LifeOutput, now: number, ctx: Context): void {
  switch (type) {
    case 'record':
      ctx.emit(value, now)
      break
    case 'notice':
      ctx.metrics.counter('notices').add(1)
      ctx.emitTo(alarmNotices, value, now)
      break
    case 'audit':
      if (value.fact.type === 'raised') ctx.metrics.counter('alarms').add(1)
      ctx.emitTo(alarmAudit, value, now)
      break
    case 'rejected':
      ctx.metrics.counter('rejected').add(1)
      ctx.emitTo(rejectedActions, value, now)
      break
  }
}
