import type { Why } from '../alarms/alarm-event.ts'
import type { CompiledRule, CompiledRuleSet, CompiledSilence } from '../compile/compile-rule-set.ts'
import { sameEvaluation } from '../compile/same-evaluation.ts'
import type { RuleSet } from '../schema/rule-set.ts'

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

/** Rules, and the set that they were compiled from. */
export interface VersionedRules {
  readonly ruleSet: RuleSet
  readonly compiled: CompiledRuleSet
}

/** How the alarms of one version go on under the next. The same for all patients. */
export interface CarryOver {
  /** The change's id. */
  readonly change: string
  /** By index of the earlier version. */
  readonly fates: readonly Fate[]
  /** Of the earlier version, by index: whatever an alarm can be of. */
  readonly old: readonly (CompiledRule | CompiledSilence)[]
  /** Those of them that are not kept. */
  readonly leaving: readonly CompiledRule[]
  /** Of the next version: those that begin anew. */
  readonly fresh: readonly CompiledRule[]
  readonly hasFreshSilences: boolean
}

/** @param isDisabled whether a rule that is not in force any more was disabled, and not removed. */
export function carryOver(
  from: VersionedRules,
  to: VersionedRules,
  change: string,
  isDisabled: (rule: string) => boolean,
): CarryOver {
  const same = sameEvaluation(from.ruleSet, to.ruleSet)
  const known = new Map([...from.compiled.rules, ...from.compiled.silences].map((rule) => [keyOf(rule), rule]))
  const next = new Map([...to.compiled.rules, ...to.compiled.silences].map((rule) => [keyOf(rule), rule]))
  const isKept = new Map<string, boolean>()
  const sameById = (old: CompiledRule | CompiledSilence, now: CompiledRule | CompiledSilence): boolean => {
    const { id } = old.data
    const found = isKept.get(id) ?? same(old.data, now.data)
    isKept.set(id, found)
    return found
  }
  const ids = new Set([...next.values()].map(({ data }) => data.id))
  const old: (CompiledRule | CompiledSilence)[] = []
  const fates: Fate[] = []
  for (const [key, rule] of known) {
    old[rule.index] = rule
    fates[rule.index] = fateOf(rule, next.get(key), sameById, ids, isDisabled)
  }
  const isFresh = (rule: CompiledRule | CompiledSilence): boolean => {
    const before = known.get(keyOf(rule))
    return before === undefined || !sameById(before, rule)
  }
  return {
    change,
    fates,
    old,
    leaving: from.compiled.rules.filter(({ index }) => fates[index]?.kind !== 'kept'),
    fresh: to.compiled.rules.filter(isFresh),
    hasFreshSilences: to.compiled.silences.some(isFresh),
  }
}

function fateOf(
  rule: CompiledRule | CompiledSilence,
  next: CompiledRule | CompiledSilence | undefined,
  same: (old: CompiledRule | CompiledSilence, now: CompiledRule | CompiledSilence) => boolean,
  ids: ReadonlySet<string>,
  isDisabled: (rule: string) => boolean,
): Fate {
  const { id } = rule.data
  if (next === undefined) return { kind: 'gone', by: ids.has(id) ? 'changed' : isDisabled(id) ? 'disabled' : 'removed' }
  if (same(rule, next)) return { kind: 'kept', index: next.index }
  return 'withinMs' in next ? { kind: 'changed-silence', silence: next } : { kind: 'changed', index: next.index }
}

/** What is the same kind of alarm of the same rule. */
function keyOf(rule: CompiledRule | CompiledSilence): string {
  const kind = 'withinMs' in rule ? 'silence' : rule.isBlindness ? 'blindness' : 'condition'
  return `${kind} ${rule.data.id}`
}
