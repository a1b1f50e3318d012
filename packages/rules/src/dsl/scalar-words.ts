import type { ScalarFunction } from '../expression/expression.ts'
import type { Measured } from './measured.ts'
import { type AgainstValue, partOf, type Value, valueOfMeasure } from './value.ts'

/** How far a value is from zero. */
export function abs<M extends Exclude<Measured, 'temperature'>>(value: Value<M>): Value<M> {
  return call('abs', [value])
}

/**
 * The least of values that measure the same; unknown where one is unknown.
 *
 * @example
 * ```ts
 * import { abs, least, rule } from '@millrace/rules'
 *
 * const apart = rule('probe-doubt').when((v) => abs(v.heartRate.minus(v.pulseRate)).above('20 /min'))
 * const either = rule('either').when((v) => least(v.systolic, v.meanArterialPressure).below('60 mm[Hg]'))
 * Object.keys(apart.toJSON().when) // => ['expression', 'above']
 * ```
 */
export function least<M extends Measured>(
  first: Value<M>,
  second: AgainstValue<NoInfer<M>>,
  ...more: AgainstValue<NoInfer<M>>[]
): Value<M> {
  return call('least', [first, second, ...more])
}

/** The greatest of values that measure the same; unknown where one is unknown. */
export function greatest<M extends Measured>(
  first: Value<M>,
  second: AgainstValue<NoInfer<M>>,
  ...more: AgainstValue<NoInfer<M>>[]
): Value<M> {
  return call('greatest', [first, second, ...more])
}

function call<M extends Measured>(call: ScalarFunction, values: readonly AgainstValue<M>[]): Value<M> {
  const args = values.map((value, i) => partOf(value as Parameters<typeof partOf>[0], `${call}[${i}]`))
  return valueOfMeasure({ call, args }, call)
}
