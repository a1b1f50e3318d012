import type { LimitReference } from './condition.ts'
import type { Quantity } from './quantity.ts'
import type { Signal } from './signals.ts'

/** Functions of a signal's readings in a window `(t - over, t]`, `t` being the time of the signal's last reading. */
export const WINDOW_FUNCTIONS = [
  'mean',
  'median',
  'min',
  'max',
  'first',
  'last',
  'count',
  'sum',
  'slope',
  'rise',
  'fall',
  'variability',
  'timeInRange',
  'baseline',
] as const
export type WindowFunction = (typeof WINDOW_FUNCTIONS)[number]

/** Functions of values at one moment. */
export const SCALAR_FUNCTIONS = ['abs', 'least', 'greatest'] as const
export type ScalarFunction = (typeof SCALAR_FUNCTIONS)[number]

export type ArithmeticOperator = '+' | '-' | '*' | '/'

/** The value of a signal that is in force; with `within`, only if its reading is no older than that. */
export interface SignalValue {
  readonly signal: Signal
  readonly within?: string
}

/** The value that was in force so long before the signal's last reading. */
export interface PastValue {
  readonly signal: Signal
  readonly ago: string
}

/** What is known of the patient apart from readings: `age`, `ward`, `pathway`, ... Holds until it is said anew. */
export interface AttributeValue {
  readonly attribute: string
}

export interface TextValue {
  readonly text: string
}

export interface WindowCall {
  readonly call: WindowFunction
  readonly signal: Signal
  readonly over: string
  /** Unknown with fewer readings than that; by default 1, of `slope` and `variability` 2. */
  readonly atLeast?: number
  /** Of `timeInRange`: both ends belong to it. */
  readonly between?: readonly [Quantity | LimitReference, Quantity | LimitReference]
}

export interface ScalarCall {
  readonly call: ScalarFunction
  readonly args: readonly Expression[]
}

export interface Arithmetic {
  readonly op: ArithmeticOperator
  readonly left: Expression
  readonly right: Expression
}

/** A definition of the rule set, by its name. */
export interface Use {
  readonly use: string
}

/** A value that conditions speak of. What each case means stands in `docs/concepts/rule-language.md`. */
export type Expression =
  | Quantity
  | LimitReference
  | TextValue
  | SignalValue
  | PastValue
  | AttributeValue
  | WindowCall
  | ScalarCall
  | Arithmetic
  | Use
