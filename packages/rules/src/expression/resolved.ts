import type { Relation } from './condition.ts'
import type { ArithmeticOperator, ScalarFunction, WindowFunction } from './expression.ts'
import type { Measure } from './measure.ts'
import type { Quantity } from './quantity.ts'
import type { Signal } from './signals.ts'

/** What a value is: a text, or a number of a measure, in the measure's canonical unit. */
export type ValueType = Measure | 'text'

/** An expression that fits together: definitions are put in their place, and constants are in canonical units. */
export type Resolved =
  | ConstantNode
  | LimitNode
  | TextNode
  | SignalNode
  | PastNode
  | AttributeNode
  | WindowNode
  | ScalarNode
  | ArithmeticNode

interface Node<K extends string, T extends ValueType = Measure> {
  readonly kind: K
  readonly type: T
}

export interface ConstantNode extends Node<'constant'> {
  readonly value: number
  /** As it was written. */
  readonly quantity: Quantity
}

export interface LimitNode extends Node<'limit'> {
  readonly limit: string
}

export interface TextNode extends Node<'text', 'text'> {
  readonly text: string
}

export interface SignalNode extends Node<'signal'> {
  readonly signal: Signal
  /** How old its reading may be; absent where that is the signal's own `validFor`. */
  readonly withinMs?: number
}

export interface PastNode extends Node<'past'> {
  readonly signal: Signal
  readonly agoMs: number
}

export interface AttributeNode extends Node<'attribute', ValueType> {
  readonly attribute: string
}

export interface WindowNode extends Node<'window'> {
  readonly call: WindowFunction
  readonly signal: Signal
  readonly overMs: number
  readonly atLeast: number
  /** Of `timeInRange`. */
  readonly between?: readonly [ConstantNode | LimitNode, ConstantNode | LimitNode]
}

export interface ScalarNode extends Node<'scalar'> {
  readonly call: ScalarFunction
  readonly args: readonly Resolved[]
}

export interface ArithmeticNode extends Node<'arithmetic'> {
  readonly op: ArithmeticOperator
  readonly left: Resolved
  readonly right: Resolved
}

/** A condition that fits together. */
export type ResolvedCondition =
  | CompareNode
  | { readonly kind: 'known'; readonly value: Resolved }
  | { readonly kind: 'during'; readonly schedule: string }
  | { readonly kind: 'atLeastOf'; readonly count: number; readonly parts: readonly ResolvedCondition[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ResolvedCondition[] }
  | { readonly kind: 'not'; readonly part: ResolvedCondition }

/** A value held against others: all of the relations must hold, or any one. */
export interface CompareNode {
  readonly kind: 'compare'
  readonly value: Resolved
  readonly all: boolean
  readonly relations: readonly (readonly [Relation | '=' | '!=', Resolved])[]
  /** At least `count` of the last `of` readings of the signal, which `value` then is. */
  readonly counted?: { readonly count: number; readonly of: number }
}
