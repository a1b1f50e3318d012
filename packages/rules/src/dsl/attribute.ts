import type { Condition } from '../expression/condition.ts'
import type { Expression } from '../expression/expression.ts'
import { type Value, valueOfMeasure } from './value.ts'

/** A text that is known of the patient. Texts have no order. */
export interface TextWords {
  equals(text: string): Condition
  differs(text: string): Condition
  oneOf(first: string, ...more: string[]): Condition
  isKnown(): Condition
  isUnknown(): Condition
  toJSON(): Expression
}

/**
 * What is known of the patient apart from readings, in conditions. Beyond `age` (whole years), `weight`, `ward`, `pathway` and
 * `sex` the rule set declares them, and the second argument says what it declares.
 *
 * @example
 * ```ts
 * import { and, attribute, rule, ruleSet } from '@millrace/rules'
 *
 * const adult = rule('adult').when((v) => and(v.heartRate.above('130 /min'), attribute('age').atLeast('18 a')))
 * const frail = rule('frail').when(() => and(attribute('frailty', 'number').above(5), attribute('bed', 'text').equals('3')))
 * ruleSet([adult, frail], { attributes: { frailty: 'number', bed: 'text' } }).rules.length // => 2
 * ```
 */
export function attribute(name: 'age'): Value<'time'>
export function attribute(name: 'weight'): Value<'mass'>
export function attribute(name: 'ward' | 'pathway' | 'sex'): TextWords
export function attribute(name: string, type: 'text'): TextWords
export function attribute(name: string, type: 'number'): Value<'number'>
export function attribute(name: string, unit: string): Value<'other'>
export function attribute(name: string, type?: string): Value<'time' | 'mass' | 'number' | 'other'> | TextWords {
  const isText = type === 'text' || name === 'ward' || name === 'pathway' || name === 'sex'
  return isText ? new AttributeText(name) : valueOfMeasure({ attribute: name }, name)
}

class AttributeText implements TextWords {
  readonly #attribute: string

  constructor(attribute: string) {
    this.#attribute = attribute
  }

  equals(text: string): Condition {
    return { expression: this.toJSON(), equals: { text } }
  }

  differs(text: string): Condition {
    return { expression: this.toJSON(), differs: { text } }
  }

  oneOf(...texts: string[]): Condition {
    return { expression: this.toJSON(), oneOf: texts.map((text) => ({ text })) }
  }

  isKnown(): Condition {
    return { known: this.toJSON() }
  }

  isUnknown(): Condition {
    return { not: { known: this.toJSON() } }
  }

  toJSON(): Expression {
    return { attribute: this.#attribute }
  }
}
