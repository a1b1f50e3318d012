import type { ComparedValue, Why } from '../alarms/alarm-event.ts'
import type { Compared, CompiledCondition, CompiledSilence } from '../compile/compile-rules.ts'
import type { PatientView } from '../compile/patient-view.ts'
import { timeOfLocated } from '../compile/read-signal.ts'
import { isLimitReference } from '../expression/condition.ts'
import type { Quantity } from '../expression/quantity.ts'
import { SIGNALS } from '../expression/signals.ts'
import type { RuleData } from '../schema/rule-data.ts'
import type { PatientLimits } from './patient-limits.ts'

/** What a patient's condition rests on at `time`. */
export function explainCondition(
  rule: RuleData,
  condition: CompiledCondition,
  moment: { readonly since: number; readonly time: number },
  view: PatientView,
  limits: PatientLimits,
  limitNames: readonly string[],
): Why {
  return {
    ...aboutRule(rule),
    condition: condition.text,
    since: moment.since,
    for: condition.delay,
    values: condition.compared.map((compared) => {
      return {
        ...comparedValue(compared, moment.time, view),
        ...limitOf(compared, limits, limitNames),
        ...countOf(compared, view),
      }
    }),
  }
}

/** What an alarm of silence rests on. */
export function explainSilence(silence: CompiledSilence, lastSeen: number): Why {
  const seen = lastSeen === -Infinity ? null : lastSeen
  return { ...aboutRule(silence.data), condition: silence.text, lastSeen: seen, values: [] }
}

/** What an alarm about a rule that failed rests on. The error itself is left out: it may name values. */
export function explainFault(rule: RuleData, condition: CompiledCondition): Why {
  const about = { ...aboutRule(rule), kind: 'technical' } as const
  return { ...about, condition: condition.text, values: [], error: 'RULES_EVALUATION_FAILED' }
}

function aboutRule(rule: RuleData): Pick<Why, 'kind' | 'because'> {
  return { kind: rule.kind ?? 'physiological', ...(rule.because !== undefined && { because: rule.because }) }
}

function comparedValue(
  { signal, locate, offset, relation }: Compared,
  time: number,
  { vitals }: PatientView,
): Pick<ComparedValue, 'signal' | 'value' | 'unit' | 'time' | 'relation'> {
  const located = locate(vitals, time)
  const known = located !== -1
  return {
    signal,
    value: known ? (vitals[located] as number) : null,
    unit: SIGNALS[signal].unit,
    time: known ? timeOfLocated(vitals, located, offset) : null,
    relation,
  }
}

function limitOf(
  { operand }: Compared,
  limits: PatientLimits,
  limitNames: readonly string[],
): Pick<ComparedValue, 'limit' | 'limitUnit' | 'limitFrom' | 'limitName'> {
  if (!isLimitReference(operand)) return { limit: operand.value, limitUnit: operand.unit, limitFrom: 'rule' }
  const i = limitNames.indexOf(operand.limit)
  const { value, unit } = limits.quantities[i] as Quantity
  return {
    limit: value,
    limitUnit: unit,
    limitFrom: limits.from[i] as (typeof limits.from)[number],
    limitName: operand.limit,
  }
}

function countOf({ counted }: Compared, view: PatientView): Pick<ComparedValue, 'satisfied' | 'count' | 'of'> {
  if (counted === undefined) return {}
  return { satisfied: counted.satisfied(view)[0], count: counted.count, of: counted.of }
}
