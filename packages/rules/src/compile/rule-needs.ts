import type { CompareNode, PastNode, Resolved, WindowNode } from '../expression/resolved.ts'
import { SIGNAL_NAMES } from '../expression/signals.ts'
import type { RuleData, ZerosPolicy } from '../schema/rule-data.ts'
import { channelKey } from './channel-key.ts'
import { type Policies, policiesOf } from './policies.ts'

/** What of a patient's state a rule needs: each once. */
export interface RuleNeeds {
  /** Their numbers. */
  readonly signals: readonly number[]
  readonly attributes: readonly string[]
  readonly derived: readonly DerivedNeed[]
  /** Texts that it compares with. */
  readonly texts: readonly string[]
  readonly counts: readonly CountNeed[]
}

/** A channel that is worked out from a signal; see `channelKey`. */
export interface DerivedNeed extends Policies {
  readonly key: string
  readonly node: WindowNode | PastNode
}

/** So many of a signal's last values. */
export interface CountNeed {
  readonly signal: number
  readonly zeros: ZerosPolicy
  readonly of: number
}

export function needsOf(data: RuleData, values: readonly Resolved[], compares: readonly CompareNode[]): RuleNeeds {
  const policies = policiesOf(data)
  const signals = values.flatMap((value) => ('signal' in value ? [SIGNAL_NAMES.indexOf(value.signal)] : []))
  const derived = values.flatMap((node): [string, DerivedNeed][] => {
    if (node.kind !== 'window' && node.kind !== 'past') return []
    const key = channelKey(node, policies)
    return [[key, { key, node, ...policies }]]
  })
  return {
    signals: [...new Set(signals)],
    attributes: [...new Set(values.flatMap((value) => (value.kind === 'attribute' ? [value.attribute] : [])))],
    derived: [...new Map(derived).values()],
    texts: [...new Set(values.flatMap((value) => (value.kind === 'text' ? [value.text] : [])))],
    counts: compares.flatMap(({ value, counted }) => {
      if (counted === undefined || value.kind !== 'signal') return []
      return [{ signal: SIGNAL_NAMES.indexOf(value.signal), zeros: policies.zeros, of: counted.of }]
    }),
  }
}
