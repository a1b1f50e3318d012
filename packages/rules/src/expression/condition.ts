import type { Expression, Use } from './expression.ts'
import type { Quantity } from './quantity.ts'
import type { Signal } from './signals.ts'

/** The name of a limit that patients and wards may have of their own; begins with the signal: `heartRate.high`. */
export interface LimitReference {
  readonly limit: string
}

/** What a value is held against. */
export type Operand = Quantity | LimitReference

export type ComparisonWord = 'below' | 'atMost' | 'above' | 'atLeast'
/** Both ends belong to `between`, and neither to `outside`. */
export type RangeWord = 'between' | 'outside'

type OneComparison =
  | { readonly below: Operand }
  | { readonly atMost: Operand }
  | { readonly above: Operand }
  | { readonly atLeast: Operand }
  | { readonly between: readonly [Operand, Operand] }
  | { readonly outside: readonly [Operand, Operand] }

/** One signal held against a limit; with `count` and `of`, at least that many of its last readings. */
export type Comparison = OneComparison & {
  readonly signal: Signal
  readonly count?: number
  readonly of?: number
}

type OneExpressionComparison =
  | { readonly below: Expression }
  | { readonly atMost: Expression }
  | { readonly above: Expression }
  | { readonly atLeast: Expression }
  | { readonly equals: Expression }
  | { readonly differs: Expression }
  | { readonly between: readonly [Expression, Expression] }
  | { readonly outside: readonly [Expression, Expression] }
  | { readonly oneOf: readonly Expression[] }

/**
 * A value held against others. What a `Comparison` can say is said as one: here the value is more than a signal, or what
 * it is held against is more than a quantity or a limit.
 */
export type ExpressionComparison = OneExpressionComparison & { readonly expression: Expression }

/** Whether a value is known. Never unknown itself. */
export interface Known {
  readonly known: Expression
}

/** Whether it is the time of a schedule of the rule set. Never unknown. */
export interface During {
  readonly during: string
}

/** At least so many of the conditions hold. */
export interface AtLeastOf {
  readonly atLeastOf: number
  readonly conditions: readonly Condition[]
}

export type Condition =
  | Comparison
  | ExpressionComparison
  | Known
  | During
  | AtLeastOf
  | Use
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition }

/** Holds when no valid value of the signal (`any`: of any signal) has arrived within the time, by the job's clock. */
export interface Silence {
  readonly silent: Signal | 'any'
  readonly within: string
}

export const COMPARISON_WORDS: readonly ComparisonWord[] = ['below', 'atMost', 'above', 'atLeast']
export const RANGE_WORDS: readonly RangeWord[] = ['between', 'outside']
/** Of an `ExpressionComparison` alone: texts have no others. */
export const EQUALITY_WORDS = ['equals', 'differs', 'oneOf'] as const

export function isComparison(condition: Condition): condition is Comparison {
  return 'signal' in condition
}

export function isExpressionComparison(condition: Condition): condition is ExpressionComparison {
  return 'expression' in condition
}

export function isKnown(condition: Condition): condition is Known {
  return 'known' in condition
}

export function isDuring(condition: Condition): condition is During {
  return 'during' in condition
}

export function isAtLeastOf(condition: Condition): condition is AtLeastOf {
  return 'atLeastOf' in condition
}

export function isUse(condition: Condition | Expression): condition is Use {
  return 'use' in condition
}

export function isSilence(when: Condition | Silence): when is Silence {
  return 'silent' in when
}

export function isLimitReference(operand: Operand): operand is LimitReference {
  return 'limit' in operand
}

/** How a value is held against one operand. */
export type Relation = '<' | '<=' | '>' | '>='

/** A comparison as one or two relations: `all` must hold, or `any` one of them. */
export interface Relations {
  readonly all: boolean
  readonly relations: readonly (readonly [Relation, Operand])[]
}

/** Takes a comparison's word apart: `between` is two relations that must both hold, `outside` two of which one must. */
export function relationsOf(comparison: Comparison): Relations {
  if ('below' in comparison) return { all: true, relations: [['<', comparison.below]] }
  if ('atMost' in comparison) return { all: true, relations: [['<=', comparison.atMost]] }
  if ('above' in comparison) return { all: true, relations: [['>', comparison.above]] }
  if ('atLeast' in comparison) return { all: true, relations: [['>=', comparison.atLeast]] }
  if ('between' in comparison) {
    const [low, high] = comparison.between
    return {
      all: true,
      relations: [
        ['>=', low],
        ['<=', high],
      ],
    }
  }
  const [low, high] = comparison.outside
  return {
    all: false,
    relations: [
      ['<', low],
      ['>', high],
    ],
  }
}

/** The conditions that a condition is made of. */
export function partsOf(condition: Condition): readonly Condition[] {
  if ('not' in condition) return [condition.not]
  if ('and' in condition) return condition.and
  if ('or' in condition) return condition.or
  return isAtLeastOf(condition) ? condition.conditions : []
}

/** Tells a condition from a value, both having been checked. What is only a name is followed by whoever asks. */
export function isCondition(node: Condition | Expression): node is Condition {
  if ('expression' in node || 'known' in node || 'during' in node || 'conditions' in node) return true
  if ('and' in node || 'or' in node || 'not' in node) return true
  return 'signal' in node && !('call' in node) && [...COMPARISON_WORDS, ...RANGE_WORDS].some((word) => word in node)
}
