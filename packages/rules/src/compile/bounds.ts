import type { CompareNode, ConstantNode, LimitNode, Resolved, ResolvedCondition } from '../expression/resolved.ts'
import { type Bounded, boundedKey } from './bounded.ts'
import type { RuleScope } from './rule-scope.ts'

/** What a value, or one of the last values that are counted, has to be above or below, or at, for a condition to be true. */
export interface Bound {
  readonly of: Bounded
  readonly side: 'above' | 'below'
  readonly operand: ConstantNode | LimitNode
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
  const place = boundedBy(value, counted, scope)
  if (place === undefined) return NONE
  const found = relations.map(([relation, operand]): Bound | undefined => {
    if (relation === '!=' || !isFixed(operand)) return undefined
    const side = relation === '<' || relation === '<=' ? 'below' : 'above'
    return { of: place, side, operand }
  })
  const bounds = found.filter((bound) => bound !== undefined)
  if (bounds.length === 0 || (!all && bounds.length < relations.length)) return NONE
  return new Map([[boundedKey(place), all ? bounds.slice(0, 1) : bounds]])
}

/** What a comparison holds against numbers; undefined for what has none: texts, attributes alone. */
export function boundedBy(value: Resolved, counted: CompareNode['counted'], scope: RuleScope): Bounded | undefined {
  if (counted !== undefined) {
    return value.kind === 'signal' ? { kind: 'counted', window: scope.window(value.signal), of: counted.of } : undefined
  }
  if (value.kind === 'window' || value.kind === 'past' || (value.kind === 'signal' && value.withinMs === undefined)) {
    return { kind: 'channel', offset: scope.offset(value) }
  }
  const isWorkedOut = value.kind === 'arithmetic' || value.kind === 'scalar' || value.kind === 'signal'
  return isWorkedOut ? scope.expression(value) : undefined
}

/** It does not change with readings. */
export function isFixed(operand: Resolved): operand is ConstantNode | LimitNode {
  return operand.kind === 'constant' || operand.kind === 'limit'
}
