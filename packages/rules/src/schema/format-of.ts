import { type Condition, isComparison, isSilence, partsOf } from '../expression/condition.ts'
import type { Format, RuleData, RuleSetData } from './rule-data.ts'
import { LIFE_FIELDS } from './rule-life.ts'

/** The first format that can say what a set says. */
export function formatOf(set: Omit<RuleSetData, 'format'>): Format {
  const names = set.attributes ?? set.schedules ?? set.definitions ?? set.tables ?? set.limits?.own
  return names === undefined && set.rules.every(isOfFormat1) ? 1 : 2
}

function isOfFormat1(rule: RuleData): boolean {
  if (LIFE_FIELDS.some((field) => rule[field] !== undefined)) return false
  if (rule.missing === 'raise') return false
  if (!isSilence(rule.when) && !isConditionOfFormat1(rule.when)) return false
  return rule.clear?.when === undefined || isConditionOfFormat1(rule.clear.when)
}

function isConditionOfFormat1(condition: Condition): boolean {
  if (isComparison(condition)) return true
  if (!('and' in condition || 'or' in condition || 'not' in condition)) return false
  return partsOf(condition).every(isConditionOfFormat1)
}
