import { refuseProblems } from '../../errors.ts'
import { type Condition, isCondition, type Silence } from '../../expression/condition.ts'
import type { Expression } from '../../expression/expression.ts'
import { resolveCondition } from '../../expression/resolve-condition.ts'
import { resolveExpression } from '../../expression/resolve-expression.ts'
import type { Resolved, ResolvedCondition } from '../../expression/resolved.ts'
import { checkCondition } from '../../schema/parse-condition.ts'
import { checkExpression } from '../../schema/parse-expression.ts'
import { Problems } from '../../schema/problems.ts'
import type { RuleSetData } from '../../schema/rule-data.ts'
import { scopeOf } from '../resolve-rules.ts'

/**
 * Checks a condition or a value as if it stood in the rule set, and puts it together.
 *
 * @throws RULES_INVALID with the paths to its mistakes.
 */
export function resolveWhat(
  what: Condition | Silence | Expression,
  ruleSet: RuleSetData,
): Resolved | ResolvedCondition {
  const problems = new Problems()
  const scope = scopeOf(ruleSet)
  const to = { scope, uses: [], report: problems.add.bind(problems) }
  const check = (): Resolved | ResolvedCondition | undefined => {
    if (!isOfCondition(what, scope.definitions)) {
      const value = checkExpression(what, 'value', problems)
      return value && resolveExpression(value, 'value', to)
    }
    const { limits, schedules } = ruleSet
    const unresolved = { limits: limits?.default ?? {}, schedules: schedules ?? {}, resolve: () => undefined }
    const condition = checkCondition(what, 'condition', unresolved, problems)
    return condition && resolveCondition(condition, 'condition', to)
  }
  const found = check()
  refuseProblems(problems.list)
  return found as Resolved | ResolvedCondition
}

function isOfCondition(
  what: Condition | Silence | Expression,
  definitions: NonNullable<RuleSetData['definitions']>,
): boolean {
  if (typeof what !== 'object' || what === null) return false
  if ('silent' in what) return true
  const used = 'use' in what && Object.hasOwn(definitions, what.use) ? definitions[what.use] : undefined
  return isCondition(used ?? what)
}
