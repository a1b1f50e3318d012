import type { Condition } from '../expression/condition.ts'
import { durationText } from '../expression/duration.ts'
import { type ConditionScope, checkCondition, checkWhen } from './parse-condition.ts'
import { checkDuration } from './parse-duration.ts'
import { checkLife } from './parse-life.ts'
import { at, describe, type Problems } from './problems.ts'
import { type ClearData, KINDS, MISSING_POLICIES, PRIORITIES, type RuleData, ZEROS_POLICIES } from './rule-data.ts'
import { LIFE_FIELDS } from './rule-life.ts'

const FIELDS = ['id', 'kind', 'priority', 'because', 'when', 'for', 'clear', 'zeros', 'missing', ...LIFE_FIELDS]

/** One rule in its canonical form: defaults left out, durations in their shortest text. */
export function checkRule(
  value: unknown,
  path: string,
  scope: ConditionScope,
  problems: Problems,
): RuleData | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, FIELDS, path)
  const optional = <T>(field: string, check: (value: unknown, path: string) => T | undefined): T | undefined =>
    object[field] === undefined ? undefined : check(object[field], at(path, field))

  const id = checkId(object.id, at(path, 'id'), problems)
  const kind = optional('kind', (value, path) => problems.choice(value, KINDS, path))
  const priority = optional('priority', (value, path) => problems.choice(value, PRIORITIES, path)) ?? 'medium'
  const because = optional('because', (value, path) => checkText(value, path, problems))
  const zeros = optional('zeros', (value, path) => problems.choice(value, ZEROS_POLICIES, path))
  const missing = optional('missing', (value, path) => problems.choice(value, MISSING_POLICIES, path))
  const delay = optional('for', (value, path) => checkDuration(value, path, problems))
  const clear = optional('clear', (value, path) => checkClear(value, path, scope, problems))
  if (object.when === undefined) {
    return problems.add(at(path, 'when'), 'RULES_FIELD_MISSING', 'a rule needs a condition')
  }
  const when = checkWhen(object.when, at(path, 'when'), scope, problems)
  if (when !== undefined && !('silent' in when)) scope.resolve(when, at(path, 'when'))
  if (when !== undefined && 'silent' in when) refuseWithSilence(object, path, problems)
  const life = checkLife(object, path, scope.schedules, problems)
  if (id === undefined || when === undefined) return undefined
  return {
    id,
    ...(kind === 'technical' && { kind }),
    priority,
    ...(because !== undefined && { because }),
    when,
    ...(delay !== undefined && delay > 0 && { for: durationText(delay) }),
    ...(clear !== undefined && { clear }),
    ...(zeros === 'no-signal' && { zeros }),
    ...(missing !== undefined && missing !== 'break' && { missing }),
    ...life,
  }
}

function checkId(value: unknown, path: string, problems: Problems): string | undefined {
  if (value === undefined) return problems.add(path, 'RULES_FIELD_MISSING', 'a rule needs an id')
  if (typeof value === 'string' && /^[A-Za-z0-9][\w.-]{0,99}$/.test(value)) return value
  return problems.add(path, 'RULES_ID_INVALID', `${describe(value)} is no id`)
}

function checkText(value: unknown, path: string, problems: Problems): string | undefined {
  if (typeof value === 'string') return value
  return problems.add(path, 'RULES_TYPE_INVALID', `a text is needed, got ${describe(value)}`)
}

function checkClear(value: unknown, path: string, scope: ConditionScope, problems: Problems): ClearData | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['when', 'for'], path)
  const when: Condition | undefined =
    object.when === undefined ? undefined : checkCondition(object.when, at(path, 'when'), scope, problems)
  if (when !== undefined) scope.resolve(when, at(path, 'when'))
  const delay = object.for === undefined ? undefined : checkDuration(object.for, at(path, 'for'), problems)
  const hasDelay = delay !== undefined && delay > 0
  return when === undefined && !hasDelay
    ? undefined
    : { ...(when && { when }), ...(hasDelay && { for: durationText(delay) }) }
}

function refuseWithSilence(object: Readonly<Record<string, unknown>>, path: string, problems: Problems): void {
  for (const field of ['for', 'clear', 'missing']) {
    if (object[field] === undefined) continue
    const why = 'a silence has its own time and clears when the signal comes back'
    problems.add(at(path, field), 'RULES_FIELD_UNKNOWN', `${why}; it has no ${field}`)
  }
}
