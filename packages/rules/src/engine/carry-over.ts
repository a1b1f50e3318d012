import type { Why } from '../alarms/alarm-event.ts'
import type { CompiledRule, CompiledSilence, CompiledVersion } from '../compile/compile-rule-set.ts'
import { sameEvaluation } from '../compile/same-evaluation.ts'
import { InOrder } from '../schema/in-order.ts'

/** How a rule came to be no longer in force in the form that raised an alarm. */
type EndedBy = NonNullable<Why['change']>['rule']

/** What becomes of what is known of a rule, when another version comes in force. */
export type Fate =
  /** It is the same rule: all of it stays. */
  | { readonly kind: 'kept'; readonly index: number }
  /** It begins anew, but its alarm goes on. */
  | { readonly kind: 'changed'; readonly index: number }
  | { readonly kind: 'changed-silence'; readonly silence: CompiledSilence }
  | { readonly kind: 'gone'; readonly by: EndedBy }

/** How the alarms of one version go on under the next. The same for all patients. */
export interface CarryOver {
  /** The change's id. */
  readonly change: string
  /** By index of the earlier version. */
  readonly fates: readonly Fate[]
  /** Of the earlier version, by index: whatever an alarm can be of. */
  readonly old: readonly (CompiledRule | CompiledSilence)[]
  /** Whether those that are kept have the places that they had. */
  readonly isInPlace: boolean
  /** The indexes of those that are not kept. */
  readonly gone: readonly number[]
  /** Those of them that are not kept and not silences. */
  readonly leaving: readonly CompiledRule[]
  /** Of the next version: those that begin anew. */
  readonly fresh: readonly CompiledRule[]
  readonly hasFreshSilences: boolean
}

/** @param isDisabled whether a rule that is not in force any more was disabled, and not removed. */
export function carryOver(
  from: CompiledVersion,
  to: CompiledVersion,
  change: string,
  isDisabled: (rule: string) => boolean,
): CarryOver {
  const same = sameEvaluation(from.ruleSet, to.ruleSet)
  const old: (CompiledRule | CompiledSilence)[] = []
  const fates: Fate[] = []
  const isKept = new Uint8Array(to.compiled.alarmCount)
  const isStill = (id: string): boolean => KINDS.some((kind) => kind(to).some(({ data }) => data.id === id))
  for (const kind of KINDS) {
    const next = new InOrder(kind(to), ({ data }) => data.id)
    for (const rule of kind(from)) {
      const now = next.get(rule.data.id)
      const fate = fateOf(rule, now, same, isStill, isDisabled)
      old[rule.index] = rule
      fates[rule.index] = fate
      if (fate.kind === 'kept') isKept[fate.index] = 1
    }
  }
  return {
    change,
    fates,
    old,
    isInPlace: fates.every((fate, index) => fate.kind !== 'kept' || fate.index === index),
    gone: [...fates.keys()].filter((index) => fates[index]?.kind !== 'kept'),
    leaving: from.compiled.rules.filter(({ index }) => fates[index]?.kind !== 'kept'),
    fresh: to.compiled.rules.filter(({ index }) => isKept[index] === 0),
    hasFreshSilences: to.compiled.silences.some(({ index }) => isKept[index] === 0),
  }
}

type Either = CompiledRule | CompiledSilence

// Alarms of one rule are of three kinds, and each goes on as the same kind alone.
const KINDS: readonly ((version: CompiledVersion) => readonly Either[])[] = [
  ({ compiled }) => compiled.rules.filter(({ isBlindness }) => !isBlindness),
  ({ compiled }) => compiled.rules.filter(({ isBlindness }) => isBlindness),
  ({ compiled }) => compiled.silences,
]

function fateOf(
  rule: Either,
  next: Either | undefined,
  same: ReturnType<typeof sameEvaluation>,
  isStill: (rule: string) => boolean,
  isDisabled: (rule: string) => boolean,
): Fate {
  const { id } = rule.data
  if (next === undefined) return { kind: 'gone', by: isStill(id) ? 'changed' : isDisabled(id) ? 'disabled' : 'removed' }
  if (same(rule.data, next.data)) return { kind: 'kept', index: next.index }
  return 'withinMs' in next ? { kind: 'changed-silence', silence: next } : { kind: 'changed', index: next.index }
}
