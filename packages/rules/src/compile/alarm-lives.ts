import type { RuleData } from '../schema/rule-data.ts'
import { type AlarmLife, LIFE_FIELDS } from '../schema/rule-life.ts'
import type { RuleSet } from '../schema/rule-set.ts'

/** By rule, what becomes of its alarms; of a rule that says nothing of it there is nothing. */
export function alarmLives(ruleSet: RuleSet): ReadonlyMap<string, AlarmLife> {
  const lives = new Map<string, AlarmLife>()
  for (const rule of ruleSet.rules) if (hasLife(rule)) lives.set(rule.id, lifeOf(rule, ruleSet))
  return lives
}

function hasLife(rule: RuleData): boolean {
  return LIFE_FIELDS.some((field) => rule[field] !== undefined)
}

function lifeOf({ latching, notify, rearm, suppressedBy }: RuleData, { schedules }: RuleSet): AlarmLife {
  const names = new Set((notify ?? []).flatMap(({ during }) => during ?? []))
  const named = Object.entries(schedules ?? {}).filter(([name]) => names.has(name))
  return {
    ...(latching !== undefined && { latching }),
    ...(rearm !== undefined && { rearm }),
    ...(suppressedBy !== undefined && { suppressedBy }),
    ...(notify !== undefined && { notify }),
    ...(named.length > 0 && { schedules: Object.fromEntries(named) }),
  }
}
