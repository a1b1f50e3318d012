import type { CompareNode, ResolvedCondition } from '../expression/resolved.ts'
import type { Signal } from '../expression/signals.ts'
import type { Closure, PatientView } from './patient-view.ts'
import type { ScheduleClock } from './schedule-clock.ts'
import { isChannelNode, type NumberClosure, type NumberScope, toNumber } from './to-number.ts'
import { FALSE, TRUE, type Truth, truth, UNKNOWN } from './truth.ts'

/** Where a condition finds what it speaks of. */
export interface ClosureScope extends NumberScope {
  /** The offset of the window that the signal's last values are in. */
  window(signal: Signal): number
  /** A schedule by its name, in the time zone of the patient's ward. */
  clock(schedule: string): (view: PatientView) => ScheduleClock
}

type Test = (value: number, view: PatientView, at: number) => Truth

/** A condition as one function of what is known of a patient. Logic has three values (Kleene). */
export function toClosure(condition: ResolvedCondition, scope: ClosureScope): Closure {
  switch (condition.kind) {
    case 'compare':
      return comparisonClosure(condition, scope)
    case 'known': {
      const value = toNumber(condition.value, scope)
      return (view, at) => {
        if (!Number.isNaN(value(view, at))) return TRUE
        // What runs out is neither known nor said to be unknown until the next whole ms.
        return Number.isNaN(value(view, Math.floor(at))) ? FALSE : UNKNOWN
      }
    }
    case 'during': {
      const clock = scope.clock(condition.schedule)
      return (view, at) => truth(clock(view).holdsAt(at))
    }
    case 'not':
      return negation(toClosure(condition.part, scope))
    case 'and':
      return leastOf(condition.parts.map((part) => toClosure(part, scope)))
    case 'or':
      return greatestOf(condition.parts.map((part) => toClosure(part, scope)))
    case 'atLeastOf':
      return manyOf(
        condition.count,
        condition.parts.map((part) => toClosure(part, scope)),
      )
  }
}

export function negation(inner: Closure): Closure {
  return (view, at) => (TRUE - inner(view, at)) as Truth
}

/** How many of the last values satisfy the comparison, and how many do not. */
export function countSatisfied(
  condition: CompareNode,
  signal: Signal,
  scope: ClosureScope,
): (view: PatientView, at: number) => [number, number] {
  const test = testOf(condition, scope)
  const offset = scope.window(signal)
  const of = condition.counted?.of ?? 0
  return (view, at) => {
    const { vitals } = view
    const newest = offset + (vitals[offset] as number)
    let satisfied = 0
    let seen = 0
    for (let i = newest; i > offset && seen < of; i--, seen++) {
      if (test(vitals[i] as number, view, at) === TRUE) satisfied++
    }
    return [satisfied, seen - satisfied]
  }
}

function comparisonClosure(condition: CompareNode, scope: ClosureScope): Closure {
  const { value, counted } = condition
  if (!isChannelNode(value)) {
    const number = toNumber(value, scope)
    const test = testOf(condition, scope)
    return (view, at) => test(number(view, at), view, at)
  }
  const locate = scope.locate(value)
  if (counted === undefined || value.kind !== 'signal') {
    const test = testOf(condition, scope)
    return (view, at) => {
      const located = locate(view.vitals, at)
      return located === -1 ? UNKNOWN : test(view.vitals[located] as number, view, at)
    }
  }
  // What has not been read yet is unknown, as in any k of n: it may still turn out either way.
  const satisfied = countSatisfied(condition, value.signal, scope)
  const { count, of } = counted
  return (view, at) => {
    if (locate(view.vitals, at) === -1) return UNKNOWN
    const [yes, no] = satisfied(view, at)
    return yes >= count ? TRUE : no > of - count ? FALSE : UNKNOWN
  }
}

function testOf({ all, relations }: CompareNode, scope: ClosureScope): Test {
  const tests = relations.map(([relation, operand]): Test => {
    if (operand.kind === 'constant') return constantTest(relation, operand.value)
    return relationTest(relation, toNumber(operand, scope))
  })
  const [first, second, ...more] = tests
  if (first === undefined) return () => truth(all)
  if (second === undefined) return first
  if (more.length > 0) return (value, view, at) => combine(tests, all, value, view, at)
  if (all) return (value, view, at) => Math.min(first(value, view, at), second(value, view, at)) as Truth
  return (value, view, at) => Math.max(first(value, view, at), second(value, view, at)) as Truth
}

function combine(tests: readonly Test[], all: boolean, value: number, view: PatientView, at: number): Truth {
  let result: Truth = all ? TRUE : FALSE
  for (const test of tests) {
    const one = test(value, view, at)
    result = (all ? Math.min(result, one) : Math.max(result, one)) as Truth
  }
  return result
}

type Relation = CompareNode['relations'][number][0]

function constantTest(relation: Relation, limit: number): Test {
  switch (relation) {
    case '<':
      return (value) => (value < limit ? TRUE : value >= limit ? FALSE : UNKNOWN)
    case '<=':
      return (value) => (value <= limit ? TRUE : value > limit ? FALSE : UNKNOWN)
    case '>':
      return (value) => (value > limit ? TRUE : value <= limit ? FALSE : UNKNOWN)
    case '>=':
      return (value) => (value >= limit ? TRUE : value < limit ? FALSE : UNKNOWN)
    case '=':
      return (value) => (value === limit ? TRUE : Number.isNaN(value) ? UNKNOWN : FALSE)
    case '!=':
      return (value) => (value === limit ? FALSE : Number.isNaN(value) ? UNKNOWN : TRUE)
  }
}

function relationTest(relation: Relation, limit: NumberClosure): Test {
  const known = (is: boolean, value: number, against: number): Truth =>
    Number.isNaN(value) || Number.isNaN(against) ? UNKNOWN : truth(is)
  return (value, view, at) => {
    const against = limit(view, at)
    switch (relation) {
      case '<':
        return known(value < against, value, against)
      case '<=':
        return known(value <= against, value, against)
      case '>':
        return known(value > against, value, against)
      case '>=':
        return known(value >= against, value, against)
      case '=':
        return known(value === against, value, against)
      case '!=':
        return known(value !== against, value, against)
    }
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

function manyOf(count: number, parts: readonly Closure[]): Closure {
  return (view, at) => {
    let yes = 0
    let open = 0
    for (const part of parts) {
      const one = part(view, at)
      if (one === TRUE) yes++
      else if (one === UNKNOWN) open++
    }
    return yes >= count ? TRUE : yes + open < count ? FALSE : UNKNOWN
  }
}
