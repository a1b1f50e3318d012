import { type AttributeType, BUILT_IN_ATTRIBUTES } from '../expression/attributes.ts'
import { type Condition, isCondition } from '../expression/condition.ts'
import type { Expression } from '../expression/expression.ts'
import { resolveCondition } from '../expression/resolve-condition.ts'
import { type ExpressionScope, resolveExpression } from '../expression/resolve-expression.ts'
import { unitTerm } from '../expression/unit-term.ts'
import { DefinitionSizes } from './definition-sizes.ts'
import { checkNamed } from './names.ts'
import { type ConditionScope, checkCondition } from './parse-condition.ts'
import { checkExpression } from './parse-expression.ts'
import { describe, type Problems } from './problems.ts'
import type { LimitTable, RuleSetData } from './rule-data.ts'
import { checkSchedule } from './schedule.ts'

type Fields = Readonly<Record<string, unknown>>
type Definitions = NonNullable<RuleSetData['definitions']>

/** What a set gives names to, and what its conditions are checked against. */
export function checkNames(
  object: Fields,
  limits: LimitTable,
  problems: Problems,
): { readonly data: Pick<RuleSetData, 'attributes' | 'schedules' | 'definitions'>; readonly scope: ConditionScope } {
  const builtIn = Object.keys(BUILT_IN_ATTRIBUTES)
  const attributes = checkNamed(object.attributes, 'attributes', builtIn, problems, (value, path) =>
    checkAttribute(value, path, problems),
  )
  const schedules = checkNamed(object.schedules, 'schedules', [], problems, (value, path) =>
    checkSchedule(value, path, problems),
  )
  const unresolved: ConditionScope = { limits, schedules, resolve: () => undefined }
  const known = [...builtIn, ...Object.keys(attributes)]
  const before = problems.list.length
  const definitions = checkNamed(object.definitions, 'definitions', known, problems, (value, path) =>
    checkDefinition(value, path, unresolved, problems),
  )
  const all = { limits, schedules, definitions, attributes: { ...BUILT_IN_ATTRIBUTES, ...attributes } }
  const sizes = new DefinitionSizes(definitions, problems)
  if (problems.list.length === before) sizes.check()
  if (problems.list.length === before) resolveDefinitions(definitions, all, problems)
  // What is wrong with a definition is said once, and not again by every rule that uses it.
  const isSound = problems.list.length === before
  const resolve = (condition: Condition, path: string): void => {
    if (!isSound || !sizes.isFit(condition, path)) return
    resolveCondition(condition, path, { scope: all, report: problems.add.bind(problems), uses: [] })
  }
  return {
    data: {
      ...(Object.keys(attributes).length > 0 && { attributes }),
      ...(Object.keys(schedules).length > 0 && { schedules }),
      ...(Object.keys(definitions).length > 0 && { definitions }),
    },
    scope: { limits, schedules, resolve },
  }
}

function checkAttribute(value: unknown, path: string, problems: Problems): AttributeType | undefined {
  if (value === 'text' || value === 'number') return value
  const term = typeof value === 'string' ? unitTerm(value) : undefined
  if (term !== undefined) return value as string
  return problems.add(path, 'RULES_UNIT_UNKNOWN', `${describe(value)} is neither text nor number nor a UCUM unit`)
}

function checkDefinition(
  value: unknown,
  path: string,
  scope: ConditionScope,
  problems: Problems,
): Expression | Condition | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isObject && !('use' in value) && isCondition(value as Condition)) {
    return checkCondition(value, path, scope, problems)
  }
  return checkExpression(value, path, problems)
}

function resolveDefinitions(definitions: Definitions, scope: ExpressionScope, problems: Problems): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const path = `definitions.${name}`
    const to = { scope, report: problems.add.bind(problems), uses: [name] }
    if ('use' in definition) problems.add(path, 'RULES_EXPRESSION_INVALID', 'a definition that is only another name')
    else if (isCondition(definition)) resolveCondition(definition, path, to)
    else resolveExpression(definition, path, to)
  }
}
