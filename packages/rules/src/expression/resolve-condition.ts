import {
  COMPARISON_WORDS,
  type Comparison,
  type Condition,
  type ExpressionComparison,
  isAtLeastOf,
  isComparison,
  isCondition,
  isDuring,
  isExpressionComparison,
  isKnown,
  isUse,
  RANGE_WORDS,
  type Relation,
  type Relations,
  relationsOf,
} from './condition.ts'
import type { Expression, Use } from './expression.ts'
import { quoted, reconcile, typeName } from './reconcile.ts'
import { definitionOf, measureOf, type Resolving, resolveExpression } from './resolve-expression.ts'
import type { CompareNode, Resolved, ResolvedCondition } from './resolved.ts'

/** Puts a condition together; `undefined` where its parts do not fit, each mistake having been reported. */
export function resolveCondition(condition: Condition, path: string, to: Resolving): ResolvedCondition | undefined {
  if (isComparison(condition)) return resolveComparison(condition, path, to)
  if (isExpressionComparison(condition)) return resolveExpressionComparison(condition, path, to)
  if (isKnown(condition)) {
    const value = resolveExpression(condition.known, `${path}.known`, to)
    return value && { kind: 'known', value }
  }
  if (isDuring(condition)) {
    if (Object.hasOwn(to.scope.schedules, condition.during)) return { kind: 'during', schedule: condition.during }
    const misnamed = { written: condition.during, known: () => Object.keys(to.scope.schedules) }
    const message = `there is no schedule ${quoted(condition.during)}`
    to.report(`${path}.during`, 'RULES_SCHEDULE_UNKNOWN', message, misnamed)
    return undefined
  }
  if (isUse(condition)) return resolveUse(condition, path, to)
  if ('not' in condition) {
    const part = resolveCondition(condition.not, `${path}.not`, to)
    return part && { kind: 'not', part }
  }
  if (isAtLeastOf(condition)) {
    const parts = resolveAll(condition.conditions, `${path}.conditions`, to)
    return parts && { kind: 'atLeastOf', count: condition.atLeastOf, parts }
  }
  const kind = 'and' in condition ? 'and' : 'or'
  const parts = resolveAll('and' in condition ? condition.and : condition.or, `${path}.${kind}`, to)
  return parts && { kind, parts }
}

function resolveAll(
  conditions: readonly Condition[],
  path: string,
  to: Resolving,
): readonly ResolvedCondition[] | undefined {
  const parts = conditions.map((condition, i) => resolveCondition(condition, `${path}[${i}]`, to))
  return parts.every((part) => part !== undefined) ? parts : undefined
}

function resolveUse(use: Use, path: string, to: Resolving): ResolvedCondition | undefined {
  const found = definitionOf(use, path, to)
  if (found === undefined) return undefined
  const { definition, inside } = found
  if (isCondition(definition) || 'use' in definition) return resolveCondition(definition as Condition, path, inside)
  to.report(path, 'RULES_TYPE_MISMATCH', `${quoted(use.use)} is a value; a condition is needed here`)
  return undefined
}

function resolveComparison(comparison: Comparison, path: string, to: Resolving): ResolvedCondition | undefined {
  const { signal, count, of } = comparison
  const { all, relations } = placed(comparison, relationsOf(comparison))
  const value: Resolved = { kind: 'signal', type: measureOf(signal), signal }
  const node = held(value, all, relations, path, to)
  return node && (count === undefined || of === undefined ? node : { ...node, counted: { count, of } })
}

function resolveExpressionComparison(
  comparison: ExpressionComparison,
  path: string,
  to: Resolving,
): ResolvedCondition | undefined {
  const value = resolveExpression(comparison.expression, `${path}.expression`, to)
  const { all, relations } = expressionRelationsOf(comparison)
  const node = value && held(value, all, relations, path, to)
  if (node === undefined || !('between' in comparison || 'outside' in comparison)) return node
  const [low, high] = node.relations.map(([, end]) => end)
  if (low?.kind !== 'constant' || high?.kind !== 'constant' || low.value <= high.value) return node
  const word = 'between' in comparison ? 'between' : 'outside'
  to.report(`${path}.${word}`, 'RULES_RANGE_EMPTY', 'the lower end is above the upper end')
  return undefined
}

/** As `relationsOf`, of what is more than a signal. */
function expressionRelationsOf(comparison: ExpressionComparison): {
  readonly all: boolean
  readonly relations: readonly Held[]
} {
  if ('equals' in comparison) return { all: true, relations: [['=', comparison.equals, '.equals']] }
  if ('differs' in comparison) return { all: true, relations: [['!=', comparison.differs, '.differs']] }
  if ('oneOf' in comparison) {
    return { all: false, relations: comparison.oneOf.map((one, i) => ['=', one, `.oneOf[${i}]`]) }
  }
  // What is left are the words that a signal has too.
  return placed(comparison, relationsOf(comparison as unknown as Comparison))
}

/** A relation, what the value is held against, and where that stands in the comparison. */
type Held = readonly [relation: Relation | '=' | '!=', operand: Expression, at: string]

function placed(
  comparison: Comparison | ExpressionComparison,
  { all, relations }: Relations,
): { readonly all: boolean; readonly relations: readonly Held[] } {
  const word = [...COMPARISON_WORDS, ...RANGE_WORDS].find((word) => word in comparison)
  const isRange = relations.length > 1
  return {
    all,
    relations: relations.map(([relation, end], i) => [relation, end, `.${word}${isRange ? `[${i}]` : ''}`]),
  }
}

function held(
  value: Resolved,
  all: boolean,
  relations: readonly Held[],
  path: string,
  to: Resolving,
): CompareNode | undefined {
  let subject = value
  const resolved: [Relation | '=' | '!=', Resolved][] = []
  for (const [relation, operand, at] of relations) {
    const other = resolveExpression(operand, `${path}${at}`, to)
    if (other === undefined) return undefined
    const pair = reconcile(subject, other)
    if (pair === undefined) {
      const types = `${typeName(value.type)} and ${typeName(other.type)}`
      const unit = isPlain(subject) || isPlain(other) ? ': the number needs a unit' : ''
      to.report(path, 'RULES_TYPE_MISMATCH', `a comparison needs two values of one kind, got ${types}${unit}`)
      return undefined
    }
    if (pair[1].type === 'text' && relation !== '=' && relation !== '!=') {
      to.report(path, 'RULES_TYPE_MISMATCH', 'texts have no order: compare them by equality')
      return undefined
    }
    if (pair[1].type === 'text' && pair[1].kind !== 'text') {
      to.report(path, 'RULES_TYPE_MISMATCH', 'a text is held against one that is written out')
      return undefined
    }
    subject = pair[0]
    resolved.push([relation, pair[1]])
  }
  return { kind: 'compare', value: subject, all, relations: resolved }
}

/** A number that is written without a unit. */
function isPlain(node: Resolved): boolean {
  return node.kind === 'constant' && node.quantity.unit === '1'
}
