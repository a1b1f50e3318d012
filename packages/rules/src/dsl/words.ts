import type { Comparison } from '../expression/condition.ts'
import type { Duration } from '../expression/duration.ts'
import type { Quantity, QuantityText } from '../expression/quantity.ts'
import type { DimensionOf, Signal } from '../expression/signals.ts'
import type { UnitOf } from '../expression/units.ts'
import type { DifferenceOf, PerTime } from './measured.ts'
import type { Limit, Value } from './value.ts'

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

/** How many of the readings in a window a function needs at least; with fewer it is unknown. */
export interface WindowOptions {
  /** By default 1; of `slope` and `variability` 2. */
  readonly atLeast?: number
}

/**
 * What can be said of a signal. Functions look at the readings that have a value in `(t - over, t]`, t being the time of the
 * signal's last reading, and hold as long as the signal's value does. `over` is at most 24 h, of a baseline 30 d.
 */
export interface SignalWords<S extends Signal> extends Value<DimensionOf<S>> {
  /** At least so many of the signal's last readings: `v.systolic.count(3).of(5).below('90 mm[Hg]')`. */
  count(atLeast: number): { of(readings: number): Comparisons<S> }
  /** The value, only if its reading is no older than that. */
  within(age: Duration): Value<DimensionOf<S>>
  /** The value that was in force so long before the signal's last reading. */
  ago(time: Duration): Value<DimensionOf<S>>
  mean(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  /** Of an even number of readings, the mean of the two in the middle. */
  median(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  min(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  max(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  first(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  last(over: Duration, options?: WindowOptions): Value<DimensionOf<S>>
  sum: S extends 'temperature' ? never : (over: Duration, options?: WindowOptions) => Value<DimensionOf<S>>
  /** How many readings there are. */
  readings(over: Duration, options?: WindowOptions): Value<'number'>
  /** Of the least-squares line through the readings. */
  slope(over: Duration, options?: WindowOptions): Value<PerTime<DimensionOf<S>>>
  /** The last reading less the least: zero or more. */
  rise(over: Duration, options?: WindowOptions): Value<DifferenceOf<DimensionOf<S>>>
  /** The greatest reading less the last: zero or more. */
  fall(over: Duration, options?: WindowOptions): Value<DifferenceOf<DimensionOf<S>>>
  /** The sample standard deviation of the readings. */
  variability(over: Duration, options?: WindowOptions): Value<DifferenceOf<DimensionOf<S>>>
  /** For what share of the time in which it was known the value lay in the range, ends included. */
  timeInRange(low: Against<S>, high: Against<S>, over: Duration, options?: WindowOptions): Value<'fraction'>
  /** The patient's own usual value: the median of the means of the 24 parts of the time before the present part. */
  baseline(over: Duration): Value<DimensionOf<S>>
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
