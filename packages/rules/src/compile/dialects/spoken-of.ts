import type { PastNode, ResolvedCondition, WindowNode } from '../../expression/resolved.ts'
import { SIGNAL_NAMES, type Signal } from '../../expression/signals.ts'
import { channelKey } from '../channel-key.ts'
import type { Policies } from '../policies.ts'
import { conditionsIn, valuesOf } from '../resolve-rules.ts'
import { type CountedNode, isCountedNode } from './counted-node.ts'

/** What a condition or a value is made from, each thing once. */
export interface SpokenOf {
  readonly signals: readonly Signal[]
  readonly attributes: readonly string[]
  readonly schedules: readonly string[]
  /** Names of limits. */
  readonly limits: readonly string[]
  /** What is worked out from signals, by the key of the channel. */
  readonly derived: ReadonlyMap<string, PastNode | WindowNode>
  /** Comparisons of several of a signal's last readings. */
  readonly counted: readonly CountedNode[]
}

export function spokenOf(condition: ResolvedCondition, policies: Policies): SpokenOf {
  const inside = conditionsIn(condition)
  const values = valuesOf(condition)
  const bounds = values.flatMap((node) => (node.kind === 'window' ? (node.between ?? []) : []))
  const derived = values.filter((node) => node.kind === 'past' || node.kind === 'window')
  const signals = new Set(values.flatMap((node) => ('signal' in node ? [node.signal] : [])))
  return {
    signals: SIGNAL_NAMES.filter((signal) => signals.has(signal)),
    attributes: unique(values.flatMap((node) => (node.kind === 'attribute' ? [node.attribute] : []))),
    schedules: unique(inside.flatMap((one) => (one.kind === 'during' ? [one.schedule] : []))),
    limits: unique([...values, ...bounds].flatMap((node) => (node.kind === 'limit' ? [node.limit] : []))),
    derived: new Map(derived.map((node) => [channelKey(node, policies), node])),
    counted: inside.filter((one) => one.kind === 'compare').filter(isCountedNode),
  }
}

function unique<T>(all: readonly T[]): T[] {
  return [...new Set(all)].sort()
}
