import { MillraceRulesError } from '../errors.ts'
import { BUILT_IN_ATTRIBUTES } from '../expression/attributes.ts'
import { type Condition, isSilence, type Silence } from '../expression/condition.ts'
import { resolveCondition } from '../expression/resolve-condition.ts'
import type { ExpressionScope } from '../expression/resolve-expression.ts'
import type { CompareNode, Resolved, ResolvedCondition } from '../expression/resolved.ts'
import type { RuleData, RuleSetData } from '../schema/rule-data.ts'
import { allRules } from '../schema/table-rules.ts'
import { needsOf, type RuleNeeds } from './rule-needs.ts'

/** A rule on conditions, each put together. */
export interface ResolvedRule {
  /** Its place in the rule set. */
  readonly index: number
  readonly data: RuleData
  readonly when: ResolvedCondition
  readonly clear: ResolvedCondition
  /** Every value in both, what values are made of among them, and every comparison. */
  readonly values: readonly Resolved[]
  readonly compares: readonly CompareNode[]
  readonly needs: RuleNeeds
}

/** A rule of silence. */
export interface SilenceRule {
  readonly index: number
  readonly data: RuleData
  readonly when: Silence
}

/** What is known of rules from another set, of which they have everything that they are put together from. */
export type KnownRule = (data: RuleData) => ResolvedRule | undefined

/** Puts the rules of a checked set together. */
export function resolveRules(
  set: RuleSetData,
  knownRule: KnownRule = () => undefined,
): {
  readonly rules: readonly ResolvedRule[]
  readonly silences: readonly SilenceRule[]
} {
  const scope = scopeOf(set)
  const rules: ResolvedRule[] = []
  const silences: SilenceRule[] = []
  let index = -1
  for (const data of allRules(set)) {
    index++
    if (isSilence(data.when)) {
      silences.push({ index, data, when: data.when })
      continue
    }
    const known = knownRule(data)
    if (known === undefined) rules.push(resolvedRule(index, data, data.when, scope))
    else rules.push(known.index === index ? known : { ...known, index })
  }
  return { rules, silences }
}

function resolvedRule(index: number, data: RuleData, condition: Condition, scope: ExpressionScope): ResolvedRule {
  const when = resolved(condition, scope)
  const clear = data.clear?.when === undefined ? { kind: 'not' as const, part: when } : resolved(data.clear.when, scope)
  const values = [when, clear].flatMap(valuesOf)
  const compares = [when, clear].flatMap(comparesOf)
  return { index, data, when, clear, values, compares, needs: needsOf(data, values, compares) }
}

/** What the names in the conditions of a set stand for. */
export function scopeOf(set: RuleSetData): ExpressionScope {
  return {
    limits: set.limits?.default ?? {},
    definitions: set.definitions ?? {},
    attributes: { ...BUILT_IN_ATTRIBUTES, ...set.attributes },
    schedules: set.schedules ?? {},
  }
}

/** Every value in a condition, what values are made of among them. */
export function valuesOf(condition: ResolvedCondition): Resolved[] {
  switch (condition.kind) {
    case 'compare':
      return [condition.value, ...condition.relations.map(([, operand]) => operand)].flatMap(insideOf)
    case 'known':
      return insideOf(condition.value)
    case 'during':
      return []
    case 'not':
      return valuesOf(condition.part)
    case 'and':
    case 'or':
    case 'atLeastOf':
      return condition.parts.flatMap(valuesOf)
  }
}

/** A value and the values that it is made of. */
export function insideOf(value: Resolved): Resolved[] {
  if (value.kind === 'arithmetic') return [value, ...insideOf(value.left), ...insideOf(value.right)]
  if (value.kind === 'scalar') return [value, ...value.args.flatMap(insideOf)]
  return [value]
}

/** Every comparison of a condition. */
export function comparesOf(condition: ResolvedCondition): CompareNode[] {
  return conditionsIn(condition).filter((one): one is CompareNode => one.kind === 'compare')
}

/** The conditions that a condition is made of, and itself. */
export function conditionsIn(condition: ResolvedCondition): ResolvedCondition[] {
  if ('part' in condition) return [condition, ...conditionsIn(condition.part)]
  if ('parts' in condition) return [condition, ...condition.parts.flatMap(conditionsIn)]
  return [condition]
}

function resolved(condition: Condition, scope: ExpressionScope): ResolvedCondition {
  const found = resolveCondition(condition, 'when', {
    scope,
    uses: [],
    report: (path, code, message) => {
      throw new MillraceRulesError(code, `${path}: ${message}`)
    },
  })
  return found as ResolvedCondition
}
