import { refuseProblems } from '../errors.ts'
import type { Comparison, ComparisonWord, Condition, Operand, RangeWord } from '../expression/condition.ts'
import type { Quantity, QuantityText } from '../expression/quantity.ts'
import { type DimensionOf, SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import type { Dimension, UnitOf } from '../expression/units.ts'
import { checkQuantity } from '../schema/parse-quantity.ts'
import { Problems } from '../schema/problems.ts'

/** A limit by name, from `limit('heartRate.high')`. */
export interface Limit<D extends Dimension> {
  readonly limit: string
  /** Never present; carries what the limit measures, for the compiler. */
  readonly dimension?: D
}

/** What a signal can be held against: a quantity in one of its units, or a limit that measures the same. */
export type Against<S extends Signal> = QuantityText<S> | QuantityOf<S> | Limit<DimensionOf<S>>

/** A quantity with a unit that the signal can be measured in. */
export interface QuantityOf<S extends Signal> extends Quantity {
  readonly unit: UnitOf<DimensionOf<S>>
}

/** What can be said of one signal. Both ends belong to `between`, and neither to `outside`. */
export interface Comparisons<S extends Signal> {
  below(limit: Against<S>): Comparison
  atMost(limit: Against<S>): Comparison
  above(limit: Against<S>): Comparison
  atLeast(limit: Against<S>): Comparison
  between(low: Against<S>, high: Against<S>): Comparison
  outside(low: Against<S>, high: Against<S>): Comparison
}

export interface SignalWords<S extends Signal> extends Comparisons<S> {
  /** At least so many of the signal's last readings: `v.systolic.count(3).of(5).below('90 mm[Hg]')`. */
  count(atLeast: number): { of(readings: number): Comparisons<S> }
}

/** The signals, by name. */
export type Vitals = { readonly [S in Signal]: SignalWords<S> }

/**
 * A limit by name: the patient's own, else the ward's, else the rule set's default. The name begins with its signal.
 *
 * @example
 * ```ts
 * import { limit, rule, ruleSet } from '@millrace/rules'
 *
 * const tachycardia = rule('tachycardia').when((v) => v.heartRate.above(limit('heartRate.high')))
 * const rules = ruleSet([tachycardia], {
 *   limits: { default: { 'heartRate.high': '120 /min' }, patients: { 'p-7': { 'heartRate.high': '140 /min' } } },
 * })
 * rules.limits?.default // => { 'heartRate.high': { value: 120, unit: '/min' } }
 * ```
 */
export function limit<S extends Signal>(name: `${S}.${string}`): Limit<DimensionOf<S>> {
  return { limit: name }
}

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

function wordsOf<S extends Signal>(signal: S): SignalWords<S> {
  return {
    ...comparisons(signal, {}),
    count: (k) => ({ of: (n) => comparisons(signal, { count: k, of: n }) }),
  }
}

function comparisons<S extends Signal>(signal: S, counted: { count?: number; of?: number }): Comparisons<S> {
  const one = (word: ComparisonWord) => (against: Against<S>) => {
    return { signal, [word]: operand(against, signal, `${signal}.${word}`), ...counted } as Comparison
  }
  const two = (word: RangeWord) => (low: Against<S>, high: Against<S>) => {
    const ends = [low, high].map((end, i) => operand(end, signal, `${signal}.${word}[${i}]`))
    return { signal, [word]: ends, ...counted } as unknown as Comparison
  }
  return {
    below: one('below'),
    atMost: one('atMost'),
    above: one('above'),
    atLeast: one('atLeast'),
    between: two('between'),
    outside: two('outside'),
  }
}

/** @throws RULES_INVALID for a unit that is unknown or measures something else. */
function operand<S extends Signal>(against: Against<S>, signal: Signal, path: string): Operand {
  if (typeof against === 'object' && 'limit' in against) return { limit: against.limit }
  const problems = new Problems()
  const quantity = checkQuantity(against, signal, path, problems)
  refuseProblems(problems.list)
  return quantity as Quantity
}

export const VITALS: Vitals = Object.fromEntries(SIGNAL_NAMES.map((signal) => [signal, wordsOf(signal)])) as Vitals
