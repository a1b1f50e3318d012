import { isSilence } from '../expression/condition.ts'
import { canonicalJson } from '../schema/canonical-json.ts'
import type { RuleData, RuleSetData } from '../schema/rule-data.ts'
import { policiesOf } from './policies.ts'
import { conditionsIn, resolveRules, valuesOf } from './resolve-rules.ts'

const NAMES = ['definitions', 'schedules', 'attributes', 'validFor'] as const

/**
 * Whether two rules of one id, each in its set, evaluate alike: conditions with definitions put in, times, policies, schedules, how long
 * values hold. Limits count by their names; priority, texts and what becomes of an alarm do not count.
 */
export function sameEvaluation(before: RuleSetData, after: RuleSetData): (old: RuleData, now: RuleData) => boolean {
  const haveSameNames = NAMES.every((name) => {
    return before[name] === after[name] || canonicalJson(before[name]) === canonicalJson(after[name])
  })
  return (old, now) => (haveSameNames && old === now) || evaluationOf(old, before) === evaluationOf(now, after)
}

function evaluationOf(data: RuleData, set: RuleSetData): string {
  const policies = policiesOf(data)
  if (isSilence(data.when)) return canonicalJson({ when: data.when, zeros: policies.zeros })
  const [rule] = resolveRules({ ...set, rules: [data], tables: [] }).rules
  if (rule === undefined) return ''
  const conditions = [rule.when, rule.clear]
  const signals = conditions.flatMap(valuesOf).flatMap((value) => ('signal' in value ? [value.signal] : []))
  const schedules = conditions.flatMap(conditionsIn).flatMap((one) => (one.kind === 'during' ? [one.schedule] : []))
  return canonicalJson({
    conditions,
    policies: data.missing === 'raise' ? { ...policies, isBlindnessTold: true } : policies,
    delays: [data.for, data.clear?.for],
    validFor: signals.map((signal) => set.validFor?.[signal]),
    schedules: schedules.map((name) => set.schedules?.[name]),
  })
}
