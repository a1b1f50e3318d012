import type { Condition } from '../expression/condition.ts'
import type { Expression, Use } from '../expression/expression.ts'
import type { Measured } from './measured.ts'
import { VITALS } from './spoken-signal.ts'
import { type Value, valueOfMeasure } from './value.ts'
import type { Vitals } from './words.ts'

/** What a name stands for, to be given to `ruleSet` in `definitions`. */
export interface Defined {
  readonly defined: { readonly name: string; readonly as: Expression | Condition }
}

/**
 * Gives a value or a condition a name, which alarms then show in its place, and which is worked out once however many rules
 * use it. The rule set needs it in `definitions`.
 *
 * @example
 * ```ts
 * import { define, printRules, rule, ruleSet } from '@millrace/rules'
 *
 * const shockIndex = define('shock-index', (v) => v.heartRate.dividedBy(v.systolic))
 * const rules = ruleSet([rule('shock').when(() => shockIndex.above('0.9 /min/mm[Hg]'))], { definitions: [shockIndex] })
 * printRules(rules).split('\n')[0] // => 'define shock-index as heart-rate / systolic'
 * ```
 */
export function define<M extends Measured>(name: string, say: (vitals: Vitals) => Value<M>): Value<M> & Defined
export function define(name: string, say: (vitals: Vitals) => Condition): Use & Defined
export function define(
  name: string,
  say: (vitals: Vitals) => Value<Measured> | Condition,
): (Value<Measured> | Use) & Defined {
  const said = say(VITALS)
  const isValue = typeof (said as Partial<Value<Measured>>).toJSON === 'function'
  const as = isValue ? (said as Value<Measured>).toJSON() : (said as Condition)
  const used: Value<Measured> | Use = isValue ? valueOfMeasure({ use: name }, name) : { use: name }
  // Not a field of the condition's JSON.
  return Object.defineProperty(used, 'defined', { value: { name, as } }) as (Value<Measured> | Use) & Defined
}
