import type { CompareNode, ConstantNode, LimitNode, Resolved, ResolvedCondition } from '../expression/resolved.ts'
import type { RuleScope } from './rule-scope.ts'

/** What a value, or one of the last values that are counted, has to be above or below, or at, for a condition to be true. */
export interface Bound {
  /** Where the channel lies in a patient's vitals. */
  readonly offset: number
  /** Where a value is one of the last ones: the window that they are in, and how many of them are looked at. */
  readonly counted?: CountedPlace
  readonly side: 'above' | 'below'
  readonly operand: ConstantNode | LimitNode
}

export interface CountedPlace {
  readonly window: number
  readonly of: number
}

/**
 * The bounds of each channel of which a value has to meet one, or the condition is not true whatever else is known. A channel of which
 * this cannot be said has none.
 *
 * ```
 *   heart rate > 120 and spo2 < 90     of the heart rate: above 120;  of spo2: below 90
 *   heart rate < 50 or > 120           of the heart rate: below 50, above 120
 *   heart rate > 120 or spo2 < 90      none: the other may be true
 * ```
 */
export function boundsOf(condition: ResolvedCondition, scope: RuleScope): readonly Bound[] {
  return [...byChannel(condition, scope).values()].flat()
}

type Bounds = ReadonlyMap<string, readonly Bound[]>

const NONE: Bounds = new Map()

function byChannel(condition: ResolvedCondition, scope: RuleScope): Bounds {
  switch (condition.kind) {
    case 'compare':
      return ofCompare(condition, scope)
    case 'and':
      // Any part's will do.
      return new Map(condition.parts.flatMap((part) => [...byChannel(part, scope)]))
    case 'or':
    case 'atLeastOf':
      return ofAny(condition.parts.map((part) => byChannel(part, scope)))
    case 'not':
    case 'known':
    case 'during':
      return NONE
  }
}

function ofAny([first = NONE, ...others]: readonly Bounds[]): Bounds {
  const shared = [...first].filter(([channel]) => others.every((one) => one.has(channel)))
  return new Map(
    shared.map(([channel, own]) => [channel, [own, ...others.map((one) => one.get(channel) ?? [])].flat()]),
  )
}

function ofCompare({ value, relations, all, counted }: CompareNode, scope: RuleScope): Bounds {
  if (value.kind !== 'signal' && value.kind !== 'window' && value.kind !== 'past') return NONE
  const offset = scope.offset(value)
  const place =
    counted === undefined || value.kind !== 'signal'
      ? undefined
      : { window: scope.window(value.signal), of: counted.of }
  const found = relations.map(([relation, operand]): Bound | undefined => {
    if (relation === '!=' || !isFixed(operand)) return undefined
    const side = relation === '<' || relation === '<=' ? 'below' : 'above'
    return { offset, ...(place !== undefined && { counted: place }), side, operand }
  })
  const bounds = found.filter((bound) => bound !== undefined)
  if (bounds.length === 0 || (!all && bounds.length < relations.length)) return NONE
  const channel = place === undefined ? `${offset}` : `${offset} ${place.window} ${place.of}`
  return new Map([[channel, all ? bounds.slice(0, 1) : bounds]])
}

/** It does not change with readings. */
export function isFixed(operand: Resolved): operand is ConstantNode | LimitNode {
  return operand.kind === 'constant' || operand.kind === 'limit'
}
