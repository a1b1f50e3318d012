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

export type Condition =
  | Comparison
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

export function isComparison(condition: Condition): condition is Comparison {
  return 'signal' in condition
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

/** Every comparison of a condition, from left to right. */
export function comparisonsOf(condition: Condition): Comparison[] {
  if (isComparison(condition)) return [condition]
  if ('not' in condition) return comparisonsOf(condition.not)
  return ('and' in condition ? condition.and : condition.or).flatMap(comparisonsOf)
}
