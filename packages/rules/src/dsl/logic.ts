import type { Condition } from '../expression/condition.ts'

/** Holds when all of the conditions hold; unknown when none is false and one is unknown. */
export function and(first: Condition, second: Condition, ...more: Condition[]): Condition {
  return { and: [first, second, ...more] }
}

/** Holds when one of the conditions holds; unknown when none does and one is unknown. */
export function or(first: Condition, second: Condition, ...more: Condition[]): Condition {
  return { or: [first, second, ...more] }
}

/** Holds when the condition is false; unknown when it is unknown. */
export function not(condition: Condition): Condition {
  return { not: condition }
}

/**
 * Holds when at least so many of the conditions hold; false once too few are left that could; unknown between.
 *
 * @example
 * ```ts
 * import { atLeastOf, rule } from '@millrace/rules'
 *
 * const sirs = rule('sirs').when((v) =>
 *   atLeastOf(2, v.temperature.above('38 Cel'), v.heartRate.above('90 /min'), v.respiratoryRate.above('20 /min')),
 * )
 * Object.keys(sirs.toJSON().when) // => ['atLeastOf', 'conditions']
 * ```
 */
export function atLeastOf(count: number, first: Condition, second: Condition, ...more: Condition[]): Condition {
  return { atLeastOf: count, conditions: [first, second, ...more] }
}

/** Holds at the time of a schedule of the rule set; never unknown. */
export function during(schedule: string): Condition {
  return { during: schedule }
}
