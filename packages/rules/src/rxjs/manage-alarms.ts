import { type ThroughOptions, through } from '@millrace/core/rxjs'
import { asyncScheduler, filter, isObservable, map, NEVER, type Observable, type OperatorFunction, tap } from 'rxjs'
import type { AlarmAction, RejectedAction } from '../alarms/alarm-action.ts'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { AlarmFact } from '../alarms/alarm-fact.ts'
import type { AlarmNotice } from '../alarms/alarm-notice.ts'
import type { AlarmRecord } from '../alarms/alarm-record.ts'
import type { AuditEntry } from '../alarms/audit-entry.ts'
import type { AlarmLifeOptions } from '../alarms/life-options.ts'
import { ofNoPatient } from '../alarms/of-no-patient.ts'
import type { LifeOutput } from '../alarms/write-down.ts'
import { alarmAudit, alarmNotices, manageAlarms as manage, rejectedActions } from '../engine/manage-alarms.ts'
import { MillraceRulesError } from '../errors.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { inOrder, type OneOf } from './in-order.ts'

export interface ManageAlarmsInRxOptions extends AlarmLifeOptions, ThroughOptions {
  /** What people do and channels report. Subscribed to before the events; until they complete. Its error is the pipeline's. */
  readonly actions?: Observable<AlarmAction>
  /** Is told whom to tell. */
  readonly onNotice?: (notice: AlarmNotice) => void
  /** Is told all that happens: a chain of hashes a patient, for `verifyAudit`. */
  readonly onAudit?: (entry: AuditEntry<AlarmFact>) => void
  /** Is told of actions of which nothing came. */
  readonly onRejectedAction?: (rejected: RejectedAction) => void
}

/**
 * Takes the alarms of an Observable through their life, and emits an `AlarmRecord` at each change of one: see `manageAlarms`. Clock and timers
 * are the scheduler's. When the source completes, steps that are not due by then are not told: let it live as long as the ward does.
 *
 * @throws RULES_OPTION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { parseRules } from '@millrace/rules'
 * import { evaluateRules, manageAlarms } from '@millrace/rules/rxjs'
 *
 * const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high\n  notify nurse')
 * const readings = from([{ patientId: 'p1', time: Date.now(), spo2: 85 }])
 * const told: string[] = []
 * const onNotice = ({ recipient }: { recipient: string }) => told.push(recipient)
 * const records = await lastValueFrom(readings.pipe(evaluateRules(rules), manageAlarms(rules, { onNotice }), toArray()))
 * records.map(({ rule, status }) => `${rule} ${status}`) // => ['low in-progress']
 * told // => ['nurse']
 * ```
 */
export function manageAlarms(
  ruleSet: RuleSet,
  { actions = NEVER, onNotice, onAudit, onRejectedAction, scheduler, watch, ...options }: ManageAlarmsInRxOptions = {},
): OperatorFunction<AlarmEvent | AlarmCorrection, AlarmRecord> {
  if (!isObservable(actions)) throw new MillraceRulesError('RULES_OPTION_INVALID', 'actions is no Observable')
  const management = manage(ruleSet, options)
  const run = through<OneOf<AlarmEvent | AlarmCorrection, AlarmAction>, LifeOutput>(
    (given) => {
      const events = given.flatMap((one) => ('main' in one ? [one.main] : []))
      const acts = given.flatMap((one) => ('beside' in one ? [one.beside] : []))
      const records = events
        .keyBy(({ patientId }) => patientId)
        .connect(acts.keyBy(({ patientId }) => patientId))
        .process(management)
      const notices = records.getSideOutput(alarmNotices).map((value): LifeOutput => ({ type: 'notice', value }))
      const audit = records.getSideOutput(alarmAudit).map((value): LifeOutput => ({ type: 'audit', value }))
      const rejected = records.getSideOutput(rejectedActions).map((value): LifeOutput => ({ type: 'rejected', value }))
      return records.map((value): LifeOutput => ({ type: 'record', value })).union(notices, audit, rejected)
    },
    { ...(scheduler && { scheduler }), ...(watch && { watch }) },
  )
  // One that came without a patient is no reason for the alarms to end.
  const ofPatients = actions.pipe(
    filter((action) => {
      const rejected = ofNoPatient(action, (scheduler ?? asyncScheduler).now())
      if (rejected !== undefined) onRejectedAction?.(rejected)
      return rejected === undefined
    }),
  )
  return (events) =>
    inOrder(events, ofPatients).pipe(
      run,
      tap(({ type, value }) => {
        if (type === 'notice') onNotice?.(value)
        else if (type === 'audit') onAudit?.(value)
        else if (type === 'rejected') onRejectedAction?.(value)
      }),
      filter((output) => output.type === 'record'),
      map(({ value }) => value),
    )
}
