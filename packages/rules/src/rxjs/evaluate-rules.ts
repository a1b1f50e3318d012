import { type ThroughOptions, through } from '@millrace/core/rxjs'
import { filter, map, type OperatorFunction, tap } from 'rxjs'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import { type EvaluateRulesOptions, evaluateRules as evaluate } from '../engine/evaluate-rules.ts'
import type { Reading, RejectedReading } from '../engine/reading.ts'
import { rejectedReadings } from '../engine/rejected-readings.ts'
import type { RuleSet } from '../schema/rule-set.ts'

export interface EvaluateRulesInRxOptions extends EvaluateRulesOptions, ThroughOptions {
  /** Is told of each reading, or value of one, that no rule can use. It holds no value. */
  readonly onRejected?: (rejected: RejectedReading) => void
}

type Alarm = AlarmEvent | AlarmCorrection
type Either = { readonly alarm: Alarm } | { readonly rejected: RejectedReading }

/**
 * Raises and clears the alarms of a rule set over an Observable of readings, for each patient by itself. Clock and timers are the
 * scheduler's, so a TestScheduler works. When the source completes, what is not due by then is not raised. See `evaluateRules`.
 *
 * @throws RULES_OPTION_INVALID
 * @example
 * ```ts
 * import { from, lastValueFrom, toArray } from 'rxjs'
 * import { parseRules } from '@millrace/rules'
 * import { evaluateRules } from '@millrace/rules/rxjs'
 *
 * const rules = parseRules('alarm low\n  when spo2 < 88 %\n  priority high')
 * const readings = from([{ patientId: 'p1', time: 0, spo2: 97 }, { patientId: 'p1', time: 1_000, spo2: 85 }])
 * const alarms = await lastValueFrom(readings.pipe(evaluateRules(rules), toArray()))
 * alarms.map(({ rule, time }) => `${rule} ${time}`) // => ['low 1000']
 * ```
 */
export function evaluateRules(
  ruleSet: RuleSet,
  options?: EvaluateRulesInRxOptions & { readonly allowedLateness?: undefined },
): OperatorFunction<Reading, AlarmEvent>
export function evaluateRules(ruleSet: RuleSet, options: EvaluateRulesInRxOptions): OperatorFunction<Reading, Alarm>
export function evaluateRules(
  ruleSet: RuleSet,
  { onRejected, maxAhead, allowedLateness, ...options }: EvaluateRulesInRxOptions = {},
): OperatorFunction<Reading, Alarm> {
  const evaluation = evaluate(ruleSet, {
    ...(maxAhead !== undefined && { maxAhead }),
    ...(allowedLateness !== undefined && { allowedLateness }),
  } as EvaluateRulesOptions)
  const run = through<Reading, Either>((readings) => {
    const alarms = readings.keyBy((reading) => reading.patientId).process(evaluation)
    const rejected = alarms.getSideOutput(rejectedReadings).map((rejected): Either => ({ rejected }))
    return alarms.map((alarm): Either => ({ alarm })).union(rejected)
  }, options)
  return (readings) =>
    readings.pipe(
      run,
      tap((either) => {
        if ('rejected' in either) onRejected?.(either.rejected)
      }),
      filter((either) => 'alarm' in either),
      map(({ alarm }) => alarm),
    )
}
