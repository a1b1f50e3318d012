import {
  COMPARISON_WORDS,
  type Comparison,
  type Condition,
  isLimitReference,
  type Operand,
  RANGE_WORDS,
  type Silence,
} from '../expression/condition.ts'
import { durationMs, durationText } from '../expression/duration.ts'
import { isSignal, SIGNAL_NAMES, SIGNALS, type Signal } from '../expression/signals.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import { limitSignal } from './parse-limits.ts'
import { checkQuantity } from './parse-quantity.ts'
import { at, describe, didYouMean, type Problems } from './problems.ts'
import type { LimitTable } from './rule-data.ts'

const DEEPEST = 32
const MOST_READINGS = 100
const WORDS = [...COMPARISON_WORDS, ...RANGE_WORDS]

/** What a condition is checked against: the limits that have a default. */
export interface ConditionScope {
  readonly limits: LimitTable
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
  const kinds = ['signal', 'and', 'or', 'not', 'silent'].filter((kind) => Object.hasOwn(object, kind))
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? Object.keys(object).join(', ') || 'nothing' : kinds.join(' and ')
    const needed = 'a condition has exactly one of signal, and, or, not'
    return problems.add(path, 'RULES_CONDITION_INVALID', `${needed}; found ${found}`)
  }
  if ('signal' in object) return checkComparison(object, path, scope, problems)
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

export function checkSignal(value: unknown, path: string, problems: Problems): Signal | undefined {
  if (isSignal(value)) return value
  const hint = typeof value === 'string' ? didYouMean(value, SIGNAL_NAMES) : ''
  const known = hint === '' ? `; known: ${SIGNAL_NAMES.join(', ')}` : hint
  return problems.add(path, 'RULES_SIGNAL_UNKNOWN', `unknown signal ${describe(value)}${known}`)
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

/** A duration in ms. */
export function checkDuration(value: unknown, path: string, problems: Problems): number | undefined {
  const ms = durationMs(value)
  return ms ?? problems.add(path, 'RULES_DURATION_INVALID', `${describe(value)} is no duration`)
}
