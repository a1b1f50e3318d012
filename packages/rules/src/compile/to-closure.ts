import { MillraceRulesError } from '../errors.ts'
import {
  type Comparison,
  type Condition,
  isComparison,
  isLimitReference,
  type Operand,
  type Relation,
  relationsOf,
} from '../expression/condition.ts'
import { conditionText } from '../expression/condition-text.ts'
import type { Signal } from '../expression/signals.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import type { Closure, PatientView } from './patient-view.ts'
import type { Locate } from './read-signal.ts'
import { FALSE, TRUE, type Truth, truth, UNKNOWN } from './truth.ts'

/** Where a condition finds what it speaks of. */
export interface ClosureScope {
  locate(signal: Signal): Locate
  /** The offset of the window that the signal's last values are in. */
  window(signal: Signal): number
  /** The number of a limit by its name. */
  limit(name: string): number
}

type Test = (value: number, limits: readonly number[]) => boolean

/** A condition as one function of what is known of a patient. Logic has three values (Kleene). */
export function toClosure(condition: Condition, scope: ClosureScope): Closure {
  if (isComparison(condition)) return comparisonClosure(condition, scope)
  if ('not' in condition) {
    const inner = toClosure(condition.not, scope)
    return (view, at) => (TRUE - inner(view, at)) as Truth
  }
  if ('and' in condition) return leastOf(condition.and.map((part) => toClosure(part, scope)))
  if ('or' in condition) return greatestOf(condition.or.map((part) => toClosure(part, scope)))
  throw new MillraceRulesError('RULES_CONDITION_UNSUPPORTED', `"${conditionText(condition)}" cannot be run yet`)
}

/** How many of the last `of` values satisfy the comparison, and how many do not. */
export function countSatisfied(comparison: Comparison, scope: ClosureScope): (view: PatientView) => [number, number] {
  const test = testOf(comparison, scope)
  const offset = scope.window(comparison.signal)
  const of = comparison.of as number
  return ({ windows, limits }) => {
    const newest = offset + (windows[offset] as number)
    let satisfied = 0
    let seen = 0
    for (let i = newest; i > offset && seen < of; i--, seen++) if (test(windows[i] as number, limits)) satisfied++
    return [satisfied, seen - satisfied]
  }
}

function comparisonClosure(comparison: Comparison, scope: ClosureScope): Closure {
  const locate = scope.locate(comparison.signal)
  const { count, of } = comparison
  if (count === undefined || of === undefined) {
    const test = testOf(comparison, scope)
    return (view, at) => {
      const located = locate(view.vitals, at)
      return located === -1 ? UNKNOWN : truth(test(view.vitals[located] as number, view.limits))
    }
  }
  // What has not been read yet is unknown, as in any k of n: it may still turn out either way.
  const satisfied = countSatisfied(comparison, scope)
  return (view, at) => {
    if (locate(view.vitals, at) === -1) return UNKNOWN
    const [yes, no] = satisfied(view)
    return yes >= count ? TRUE : no > of - count ? FALSE : UNKNOWN
  }
}

function testOf(comparison: Comparison, scope: ClosureScope): Test {
  const { all, relations } = relationsOf(comparison)
  const [first, second] = relations.map(([relation, operand]) => relationTest(relation, operand, scope))
  if (first === undefined) return () => all
  if (second === undefined) return first
  return all
    ? (value, limits) => first(value, limits) && second(value, limits)
    : (value, limits) => first(value, limits) || second(value, limits)
}

function relationTest(relation: Relation, operand: Operand, scope: ClosureScope): Test {
  if (isLimitReference(operand)) {
    const i = scope.limit(operand.limit)
    switch (relation) {
      case '<':
        return (value, limits) => value < (limits[i] as number)
      case '<=':
        return (value, limits) => value <= (limits[i] as number)
      case '>':
        return (value, limits) => value > (limits[i] as number)
      case '>=':
        return (value, limits) => value >= (limits[i] as number)
    }
  }
  const limit = toCanonicalUnit(operand.value, operand.unit) as number
  switch (relation) {
    case '<':
      return (value) => value < limit
    case '<=':
      return (value) => value <= limit
    case '>':
      return (value) => value > limit
    case '>=':
      return (value) => value >= limit
  }
}

function leastOf(parts: readonly Closure[]): Closure {
  return (view, at) => {
    let least: Truth = TRUE
    for (const part of parts) {
      const one = part(view, at)
      if (one === FALSE) return FALSE
      if (one < least) least = one
    }
    return least
  }
}

function greatestOf(parts: readonly Closure[]): Closure {
  return (view, at) => {
    let greatest: Truth = FALSE
    for (const part of parts) {
      const one = part(view, at)
      if (one === TRUE) return TRUE
      if (one > greatest) greatest = one
    }
    return greatest
  }
}
