import { refuseProblems } from '../errors.ts'
import type { Condition } from '../expression/condition.ts'
import type { ArithmeticOperator, Expression } from '../expression/expression.ts'
import type { Quantity } from '../expression/quantity.ts'
import { checkExpression } from '../schema/parse-expression.ts'
import { Problems } from '../schema/problems.ts'
import type { DifferenceOf, Measured, Product, Quotient, WrittenAs } from './measured.ts'

/** A limit by name, from `limit('heartRate.high')`. */
export interface Limit<M extends Measured> {
  readonly limit: string
  /** Never present; carries what the limit measures, for the compiler. */
  readonly dimension?: M
}

/** What a value can be held against: a quantity in one of its units, a limit or a value that measures the same. */
export type AgainstValue<M extends Measured> = WrittenAs<M> | Limit<M> | Value<M> | Value<'other'>

type Added<M extends Measured> = M extends 'temperature'
  ? WrittenAs<'temperature difference'> | Value<'temperature difference'>
  : AgainstValue<M>

type Subtracted<M extends Measured> = M extends 'temperature'
  ? `${number} ${'Cel' | '[degF]'}` | Limit<M> | Value<M>
  : AgainstValue<M>

/**
 * A value that a condition can speak of: a signal's, a function of its readings, an attribute, or what is worked out of them.
 * Where a part is unknown it is unknown. What it measures is checked by the compiler, and again when the rule set is built.
 */
export interface Value<M extends Measured> {
  /** Never present; carries what the value measures, for the compiler. */
  readonly measured?: M
  below(against: AgainstValue<M>): Condition
  atMost(against: AgainstValue<M>): Condition
  above(against: AgainstValue<M>): Condition
  atLeast(against: AgainstValue<M>): Condition
  /** Both ends belong to it. */
  between(low: AgainstValue<M>, high: AgainstValue<M>): Condition
  /** Neither end belongs to it. */
  outside(low: AgainstValue<M>, high: AgainstValue<M>): Condition
  equals(against: AgainstValue<M>): Condition
  differs(against: AgainstValue<M>): Condition
  oneOf(first: AgainstValue<M>, ...more: AgainstValue<M>[]): Condition
  /** Whether the value is known; never unknown itself. */
  isKnown(): Condition
  isUnknown(): Condition
  /** To a temperature a difference of temperatures is added: `'1 K'`. */
  plus(other: Added<M>): Value<M>
  /** A temperature less another is a difference of temperatures. */
  minus(other: Subtracted<M>): Value<DifferenceOf<M>>
  times(factor: number): Value<DifferenceOf<M>>
  times<O extends Measured>(other: Value<O>): Value<Product<M, O>>
  /** Unknown where the other is zero. */
  dividedBy(divisor: number): Value<DifferenceOf<M>>
  dividedBy<O extends Measured>(other: Value<O>): Value<Quotient<M, O>>
  /** The value as data, as it stands in a rule set's JSON. */
  toJSON(): Expression
}

/** What a value can be made of. */
export type Part = string | number | Quantity | Limit<Measured> | { toJSON(): Expression }
export type HeldWord = 'below' | 'atMost' | 'above' | 'atLeast' | 'between' | 'outside' | 'equals' | 'differs' | 'oneOf'

/** Makes the condition that a value is held against others. */
export type Hold = (word: HeldWord, operands: readonly Part[]) => Condition

/**
 * One value behind all of the interfaces, whatever it measures.
 *
 * @param name in the path of a mistake.
 */
export class ValueWords {
  readonly #expression: Expression
  readonly #name: string
  readonly #hold: Hold

  constructor(expression: Expression, name: string, hold: Hold = heldExpression(expression, name)) {
    this.#expression = expression
    this.#name = name
    this.#hold = hold
  }

  below(against: Part): Condition {
    return this.#hold('below', [against])
  }

  atMost(against: Part): Condition {
    return this.#hold('atMost', [against])
  }

  above(against: Part): Condition {
    return this.#hold('above', [against])
  }

  atLeast(against: Part): Condition {
    return this.#hold('atLeast', [against])
  }

  between(low: Part, high: Part): Condition {
    return this.#hold('between', [low, high])
  }

  outside(low: Part, high: Part): Condition {
    return this.#hold('outside', [low, high])
  }

  equals(against: Part): Condition {
    return this.#hold('equals', [against])
  }

  differs(against: Part): Condition {
    return this.#hold('differs', [against])
  }

  oneOf(...choices: Part[]): Condition {
    return this.#hold('oneOf', choices)
  }

  isKnown(): Condition {
    return { known: this.#expression }
  }

  isUnknown(): Condition {
    return { not: { known: this.#expression } }
  }

  plus(other: Part): ValueWords {
    return this.#with('+', other, 'plus')
  }

  minus(other: Part): ValueWords {
    return this.#with('-', other, 'minus')
  }

  times(other: Part): ValueWords {
    return this.#with('*', other, 'times')
  }

  dividedBy(other: Part): ValueWords {
    return this.#with('/', other, 'dividedBy')
  }

  toJSON(): Expression {
    return this.#expression
  }

  #with(op: ArithmeticOperator, other: Part, word: string): ValueWords {
    const right = partOf(other, `${this.#name}.${word}`)
    return new ValueWords({ op, left: this.#expression, right }, `${this.#name}.${word}`)
  }
}

/** Holds an expression of any kind. */
export function heldExpression(expression: Expression, name: string): Hold {
  return (word, operands) => {
    const isList = word === 'between' || word === 'outside' || word === 'oneOf'
    const parts = operands.map((operand, i) => partOf(operand, `${name}.${word}${isList ? `[${i}]` : ''}`))
    return { expression, [word]: isList ? parts : parts[0] } as unknown as Condition
  }
}

/** A value as a number, a quantity, a limit, or as it is. */
export function partOf(part: Part, path: string): Expression {
  if (typeof part === 'number') return partOf({ value: part, unit: '1' }, path)
  if (typeof part === 'object' && 'toJSON' in part) return part.toJSON()
  if (typeof part === 'object' && 'limit' in part) return { limit: part.limit }
  const problems = new Problems()
  const checked = checkExpression(part, path, problems)
  refuseProblems(problems.list)
  return checked as Expression
}

/** The value, for the compiler one that measures this. */
export function valueOfMeasure<M extends Measured>(expression: Expression, name: string): Value<M> {
  return new ValueWords(expression, name) as unknown as Value<M>
}

/**
 * A limit or a quantity as a value, to work with it further.
 *
 * @example
 * ```ts
 * import { limit, rule, ruleSet, value } from '@millrace/rules'
 *
 * const high = value(limit('heartRate.high'))
 * const fast = rule('fast').when((v) => v.heartRate.above(high.times(1.1)))
 * ruleSet([fast], { limits: { default: { 'heartRate.high': '120 /min' } } }).rules.length // => 1
 * ```
 */
export function value<M extends Measured>(limit: Limit<M>): Value<M>
export function value(number: number): Value<'number'>
export function value(quantity: `${number} ${string}`): Value<'other'>
export function value(part: Limit<Measured> | number | string): Value<Measured> {
  return valueOfMeasure(partOf(part as Part, 'value'), 'value')
}
