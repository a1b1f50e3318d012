import type { DataStream } from '@millrace/core'
import { type ThroughOptions, through } from '@millrace/core/rxjs'
import { filter, isObservable, map, type Observable, type OperatorFunction, tap } from 'rxjs'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { AuditEntry } from '../alarms/audit-entry.ts'
import type { RuleChange } from '../changes/rule-change.ts'
import type { RuleFact } from '../changes/rule-fact.ts'
import { type EvaluateRulesOptions, evaluateRules as evaluate, type RuleEvaluation } from '../engine/evaluate-rules.ts'
import type { Reading, RejectedReading } from '../engine/reading.ts'
import { rejectedReadings } from '../engine/rejected-readings.ts'
import { ruleAudit } from '../engine/rule-audit.ts'
import { MillraceRulesError } from '../errors.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { inOrder, type OneOf } from './in-order.ts'

export interface EvaluateRulesInRxOptions extends EvaluateRulesOptions, ThroughOptions {
  /** Is told of each reading, or value of one, that no rule can use. It holds no value. */
  readonly onRejected?: (rejected: RejectedReading) => void
  /**
   * Changes of the rules, each in force for every patient when it comes: see docs/concepts/rule-changes.md. Subscribed to before the readings, so
   * that what is there at once is in force before them; until they complete. Its error is the pipeline's.
   */
  readonly changes?: Observable<RuleChange>
  /** Is told what became of each change, before the alarms that it ends or raises: entries of the chain `rules`, for `verifyAudit`. */
  readonly onRuleAudit?: (entry: AuditEntry<RuleFact>) => void
}

/**
 * Raises and clears the alarms of a rule set over an Observable of readings, for each patient by itself. Clock and timers are the
 * scheduler's, so a TestScheduler works. When the source completes, what is not due by then is not raised. See `evaluateRules`.
 *
 * With `changes` its rules change while it runs. Each subscription begins with the rule set that it was given.
 *
 * @throws RULES_OPTION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, of, toArray } from 'rxjs'
 * import { parseRules } from '@millrace/rules'
 * import { evaluateRules } from '@millrace/rules/rxjs'
 *
 * const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high')
 * const readings = from([{ patientId: 'p1', time: 0, spo2: 97 }, { patientId: 'p1', time: 1_000, spo2: 85 }])
 * const alarms = await lastValueFrom(readings.pipe(evaluateRules(rules), toArray()))
 * alarms.map(({ rule, time }) => `${rule} ${time}`) // => ['low 1000']
 *
 * const put = 'alarm low\n  when spo2 < 98 %\n  priority high'
 * const changes = of({ id: 'c1', at: 0, author: 'eng-7', reason: 'missed one', put })
 * const more = await lastValueFrom(readings.pipe(evaluateRules(rules, { changes }), toArray()))
 * more.map(({ rule, time }) => `${rule} ${time}`) // => ['low 0']
 * ```
 */
export function evaluateRules(
  ruleSet: RuleSet,
  options?: EvaluateRulesInRxOptions & { readonly allowedLateness?: undefined },
): OperatorFunction<Reading, AlarmEvent>
export function evaluateRules(ruleSet: RuleSet, options: EvaluateRulesInRxOptions): OperatorFunction<Reading, Alarm>
export function evaluateRules(
  ruleSet: RuleSet,
  { onRejected, onRuleAudit, changes, ...options }: EvaluateRulesInRxOptions = {},
): OperatorFunction<Reading, Alarm> {
  const make = () => evaluate(ruleSet, options as EvaluateRulesOptions)
  const evaluation = make()
  const alarmsOf = alarmsOnly(onRejected, onRuleAudit)
  if (changes === undefined) {
    const run = through<Reading, Told>((readings) => toldBy(readings.keyBy(patientOf).process(evaluation)), options)
    return (readings) => readings.pipe(run, alarmsOf)
  }
  if (!isObservable(changes)) throw new MillraceRulesError('RULES_OPTION_INVALID', 'changes is no Observable')
  const run = through<Given, Told>((given) => evaluateChanging(given, make()), options)
  return (readings) => inOrder(readings, changes).pipe(run, alarmsOf)
}

type Alarm = AlarmEvent | AlarmCorrection
type Given = OneOf<Reading, RuleChange>
type Told =
  | { readonly alarm: Alarm }
  | { readonly rejected: RejectedReading }
  | { readonly audit: AuditEntry<RuleFact> }

function patientOf({ patientId }: Reading): string {
  return patientId
}

function evaluateChanging(given: DataStream<Given>, evaluation: RuleEvaluation<Alarm>): DataStream<Told> {
  const readings = given.flatMap((one) => ('main' in one ? [one.main] : []))
  const changes = given.flatMap((one) => ('beside' in one ? [one.beside] : []))
  return toldBy(readings.keyBy(patientOf).connectBroadcast(changes).process(evaluation))
}

function toldBy(alarms: DataStream<Alarm>): DataStream<Told> {
  const rejected = alarms.getSideOutput(rejectedReadings).map((rejected): Told => ({ rejected }))
  const audit = alarms.getSideOutput(ruleAudit).map((audit): Told => ({ audit }))
  return alarms.map((alarm): Told => ({ alarm })).union(rejected, audit)
}

function alarmsOnly(
  onRejected: EvaluateRulesInRxOptions['onRejected'],
  onRuleAudit: EvaluateRulesInRxOptions['onRuleAudit'],
): OperatorFunction<Told, Alarm> {
  return (told) =>
    told.pipe(
      tap((one) => {
        if ('rejected' in one) onRejected?.(one.rejected)
        else if ('audit' in one) onRuleAudit?.(one.audit)
      }),
      filter((one) => 'alarm' in one),
      map(({ alarm }) => alarm),
    )
}
