import { didYouMean } from '../expression/closest-name.ts'
import {
  COMPARISON_WORDS,
  type Comparison,
  type ComparisonWord,
  type Condition,
  EQUALITY_WORDS,
  isLimitReference,
  type Operand,
  RANGE_WORDS,
  type Silence,
} from '../expression/condition.ts'
import { durationText } from '../expression/duration.ts'
import type { Expression, SignalValue } from '../expression/expression.ts'
import { limitSignal } from '../expression/limit-name.ts'
import { SIGNALS, type Signal } from '../expression/signals.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import { checkDuration } from './parse-duration.ts'
import { checkExpression } from './parse-expression.ts'
import { checkQuantity } from './parse-quantity.ts'
import { checkSignal } from './parse-signal.ts'
import { at, describe, type Problems } from './problems.ts'
import type { LimitTable } from './rule-data.ts'

const DEEPEST = 32
const MOST_READINGS = 100
const MOST_CHOICES = 100
const WORDS = [...COMPARISON_WORDS, ...RANGE_WORDS]
const CONDITION_KINDS = ['signal', 'expression', 'known', 'during', 'atLeastOf', 'use', 'and', 'or', 'not', 'silent']

/** What a condition is checked against. */
export interface ConditionScope {
  /** The limits that have a default. */
  readonly limits: LimitTable
  readonly schedules: Readonly<Record<string, unknown>>
  /** Finds whether a condition's parts fit together. */
  resolve(condition: Condition, path: string): void
}

/** A rule's `when`: a condition, or a silence by itself. */
export function checkWhen(
  value: unknown,
  path: string,
  scope: ConditionScope,
  problems: Problems,
): Condition | Silence | undefined {
  if (typeof value === 'object' && value !== null && 'silent' in value) return checkSilence(value, path, problems)
  return checkCondition(value, path, scope, problems)
}

export function checkCondition(
  value: unknown,
  path: string,
  scope: ConditionScope,
  problems: Problems,
  depth = 0,
): Condition | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  if (depth > DEEPEST) {
    return problems.add(path, 'RULES_CONDITION_TOO_DEEP', `conditions nest more than ${DEEPEST} deep`)
  }
  const kinds = CONDITION_KINDS.filter((kind) => Object.hasOwn(object, kind))
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? Object.keys(object).join(', ') || 'nothing' : kinds.join(' and ')
    const needed = `a condition has exactly one of ${CONDITION_KINDS.filter((kind) => kind !== 'silent').join(', ')}`
    return problems.add(path, 'RULES_CONDITION_INVALID', `${needed}; found ${found}`)
  }
  if ('signal' in object) return checkComparison(object, path, scope, problems)
  if ('expression' in object) return checkExpressionComparison(object, path, scope, problems)
  if ('known' in object) {
    problems.unknownFields(object, ['known'], path)
    const known = checkExpression(object.known, at(path, 'known'), problems)
    return known && { known }
  }
  if ('during' in object || 'use' in object) {
    const kind = 'during' in object ? 'during' : 'use'
    problems.unknownFields(object, [kind], path)
    const name = object[kind]
    if (typeof name !== 'string') {
      return problems.add(at(path, kind), 'RULES_TYPE_INVALID', `a name is needed, got ${describe(name)}`)
    }
    return kind === 'during' ? { during: name } : { use: name }
  }
  if ('atLeastOf' in object) {
    problems.unknownFields(object, ['atLeastOf', 'conditions'], path)
    const conditions = checkParts(object.conditions, at(path, 'conditions'), scope, problems, depth)
    const count = object.atLeastOf
    if (conditions === undefined) return undefined
    if (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= conditions.length) {
      return { atLeastOf: count as number, conditions }
    }
    const message = `${describe(count)} of ${conditions.length} conditions is not possible`
    return problems.add(at(path, 'atLeastOf'), 'RULES_COUNT_INVALID', message)
  }
  if ('silent' in object) {
    return problems.add(path, 'RULES_CONDITION_INVALID', 'a silence stands alone, as the whole of when')
  }
  if ('not' in object) {
    problems.unknownFields(object, ['not'], path)
    const not = checkCondition(object.not, at(path, 'not'), scope, problems, depth + 1)
    return not && { not }
  }
  const word = 'and' in object ? 'and' : 'or'
  problems.unknownFields(object, [word], path)
  const parts = checkParts(object[word], at(path, word), scope, problems, depth)
  return parts && (word === 'and' ? { and: parts } : { or: parts })
}

function checkParts(
  value: unknown,
  path: string,
  scope: ConditionScope,
  problems: Problems,
  depth: number,
): Condition[] | undefined {
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  if (array.length < 2) {
    return problems.add(path, 'RULES_CONDITION_INVALID', `at least two conditions are needed, got ${array.length}`)
  }
  const parts = array.map((part, i) => checkCondition(part, at(path, i), scope, problems, depth + 1))
  return parts.every((part) => part !== undefined) ? parts : undefined
}

function checkComparison(
  object: Readonly<Record<string, unknown>>,
  path: string,
  scope: ConditionScope,
  problems: Problems,
): Comparison | undefined {
  problems.unknownFields(object, ['signal', 'count', 'of', ...WORDS], path)
  const counted = checkCount(object, path, problems)
  const signal = checkSignal(object.signal, at(path, 'signal'), problems)
  const words = WORDS.filter((word) => Object.hasOwn(object, word))
  const word = words[0]
  if (word === undefined || words.length > 1) {
    const needed = `a comparison has exactly one of ${WORDS.join(', ')}`
    return problems.add(path, 'RULES_CONDITION_INVALID', `${needed}; found ${words.join(' and ') || 'none'}`)
  }
  if (signal === undefined) return undefined
  const operands = checkOperands(object[word], word === 'between' || word === 'outside', signal, at(path, word), {
    scope,
    problems,
  })
  if (operands === undefined || counted === undefined) return undefined
  return { signal, [word]: operands, ...counted } as Comparison
}

/** As a comparison of a signal, where it is one: what can be said in two ways has one form. */
function checkExpressionComparison(
  object: Readonly<Record<string, unknown>>,
  path: string,
  scope: ConditionScope,
  problems: Problems,
): Condition | undefined {
  const known = [...WORDS, ...EQUALITY_WORDS]
  problems.unknownFields(object, ['expression', ...known], path)
  const expression = checkExpression(object.expression, at(path, 'expression'), problems)
  const words = known.filter((word) => Object.hasOwn(object, word))
  const word = words[0]
  if (word === undefined || words.length > 1) {
    const needed = `a comparison has exactly one of ${known.join(', ')}`
    return problems.add(path, 'RULES_CONDITION_INVALID', `${needed}; found ${words.join(' and ') || 'none'}`)
  }
  const operands = checkExpressions(object[word], word, at(path, word), problems)
  if (expression === undefined || operands === undefined) return undefined
  const isPlain = operands.every((operand) => 'value' in operand || 'limit' in operand)
  const held = word === 'between' || word === 'outside' || word === 'oneOf' ? operands : operands[0]
  if (isPlain && isOnlySignal(expression) && WORDS.includes(word as ComparisonWord)) {
    return checkComparison({ signal: expression.signal, [word]: held }, path, scope, problems)
  }
  return { expression, [word]: held } as unknown as Condition
}

function isOnlySignal(expression: Expression): expression is SignalValue {
  return Object.keys(expression).length === 1 && 'signal' in expression
}

function checkExpressions(
  value: unknown,
  word: string,
  path: string,
  problems: Problems,
): readonly Expression[] | undefined {
  if (word !== 'between' && word !== 'outside' && word !== 'oneOf') {
    const one = checkExpression(value, path, problems)
    return one && [one]
  }
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  const [least, most] = word === 'oneOf' ? [1, MOST_CHOICES] : [2, 2]
  if (array.length < least || array.length > most) {
    const needed = least === most ? 'two ends are' : `1 to ${MOST_CHOICES} choices are`
    return problems.add(path, 'RULES_TYPE_INVALID', `${needed} needed, got ${array.length}`)
  }
  const all = array.map((one, i) => checkExpression(one, at(path, i), problems))
  return all.every((one) => one !== undefined) ? all : undefined
}

function checkCount(
  object: Readonly<Record<string, unknown>>,
  path: string,
  problems: Problems,
): { count?: number; of?: number } | undefined {
  const { count, of } = object
  if (count === undefined && of === undefined) return {}
  const whole = Number.isInteger(count) && Number.isInteger(of)
  const [k, n] = [count as number, of as number]
  if (whole && k >= 1 && k <= n && n <= MOST_READINGS) return { count: k, of: n }
  return problems.add(
    path,
    'RULES_COUNT_INVALID',
    `count ${describe(count)} of ${describe(of)} readings is not possible`,
  )
}

interface OperandContext {
  readonly scope: ConditionScope
  readonly problems: Problems
}

function checkOperands(
  value: unknown,
  isRange: boolean,
  signal: Signal,
  path: string,
  context: OperandContext,
): Operand | readonly [Operand, Operand] | undefined {
  const { problems } = context
  if (!isRange) return checkOperand(value, signal, path, context)
  const array = problems.array(value, path)
  if (array === undefined) return undefined
  if (array.length !== 2) return problems.add(path, 'RULES_TYPE_INVALID', `two ends are needed, got ${array.length}`)
  const low = checkOperand(array[0], signal, at(path, 0), context)
  const high = checkOperand(array[1], signal, at(path, 1), context)
  if (low === undefined || high === undefined) return undefined
  if (!isLimitReference(low) && !isLimitReference(high) && inCanonicalUnit(low) > inCanonicalUnit(high)) {
    return problems.add(path, 'RULES_RANGE_EMPTY', `the lower end is above the upper end`)
  }
  return [low, high]
}

function checkOperand(
  value: unknown,
  signal: Signal,
  path: string,
  { scope, problems }: OperandContext,
): Operand | undefined {
  if (typeof value !== 'object' || value === null || !('limit' in value)) {
    return checkQuantity(value, signal, path, problems)
  }
  problems.unknownFields(value as Record<string, unknown>, ['limit'], path)
  const { limit } = value
  const name = at(path, 'limit')
  if (typeof limit !== 'string' || !Object.hasOwn(scope.limits, limit)) {
    const hint = typeof limit === 'string' ? didYouMean(limit, Object.keys(scope.limits)) : ''
    return problems.add(name, 'RULES_LIMIT_UNKNOWN', `limit ${describe(limit)} has no default${hint}`)
  }
  const of = limitSignal(limit)
  if (of !== undefined && SIGNALS[of].dimension !== SIGNALS[signal].dimension) {
    return problems.add(name, 'RULES_UNIT_MISMATCH', `${describe(limit)} is a limit of ${of}, not of ${signal}`)
  }
  return { limit }
}

function inCanonicalUnit(quantity: { value: number; unit: string }): number {
  return toCanonicalUnit(quantity.value, quantity.unit) as number
}

function checkSilence(value: object, path: string, problems: Problems): Silence | undefined {
  const object = value as Readonly<Record<string, unknown>>
  problems.unknownFields(object, ['silent', 'within'], path)
  const silent = object.silent === 'any' ? 'any' : checkSignal(object.silent, at(path, 'silent'), problems)
  const within = checkDuration(object.within, at(path, 'within'), problems)
  if (within === 0) problems.add(at(path, 'within'), 'RULES_DURATION_INVALID', 'a silence needs a time above zero')
  return silent === undefined || within === undefined ? undefined : { silent, within: durationText(within) }
}
