import type { Why } from '../alarms/alarm-event.ts'
import type { CompiledRule, CompiledSilence, CompiledVersion } from '../compile/compile-rule-set.ts'
import { sameEvaluation } from '../compile/same-evaluation.ts'

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
  /** Those of them that are not kept. */
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
  const pairs = pairsOf(from, to)
  const ids = new Set(to.compiled.rules.map(({ data }) => data.id))
  for (const { data } of to.compiled.silences) ids.add(data.id)
  const old: (CompiledRule | CompiledSilence)[] = []
  const fates: Fate[] = []
  for (const [rule, { next, isSame }] of pairs.left) {
    old[rule.index] = rule
    fates[rule.index] = fateOf(rule, next, isSame, ids, isDisabled)
  }
  return {
    change,
    fates,
    old,
    leaving: from.compiled.rules.filter(({ index }) => fates[index]?.kind !== 'kept'),
    fresh: to.compiled.rules.filter((rule) => !pairs.kept.has(rule)),
    hasFreshSilences: to.compiled.silences.some((rule) => !pairs.kept.has(rule)),
  }
}

type Either = CompiledRule | CompiledSilence

/** Each rule of the earlier version with the one that it is in the next, and those of the next that are the same as before. */
function pairsOf(
  from: CompiledVersion,
  to: CompiledVersion,
): {
  readonly left: ReadonlyMap<Either, { readonly next: Either | undefined; readonly isSame: boolean }>
  readonly kept: ReadonlySet<Either>
} {
  const same = sameEvaluation(from.ruleSet, to.ruleSet)
  const known = new Map<string, boolean>()
  const isSame = (old: Either, now: Either): boolean => {
    const { id } = old.data
    const found = known.get(id) ?? same(old.data, now.data)
    known.set(id, found)
    return found
  }
  const left = new Map<Either, { next: Either | undefined; isSame: boolean }>()
  const kept = new Set<Either>()
  for (const kind of KINDS) {
    const next = new Map(kind(to).map((rule) => [rule.data.id, rule]))
    for (const rule of kind(from)) {
      const now = next.get(rule.data.id)
      const stays = now !== undefined && isSame(rule, now)
      left.set(rule, { next: now, isSame: stays })
      if (stays) kept.add(now)
    }
  }
  return { left, kept }
}

// Alarms of one rule are of three kinds, and each goes on as the same kind alone.
const KINDS: readonly ((version: CompiledVersion) => readonly Either[])[] = [
  ({ compiled }) => compiled.rules.filter(({ isBlindness }) => !isBlindness),
  ({ compiled }) => compiled.rules.filter(({ isBlindness }) => isBlindness),
  ({ compiled }) => compiled.silences,
]

function fateOf(
  rule: Either,
  next: Either | undefined,
  isSame: boolean,
  ids: ReadonlySet<string>,
  isDisabled: (rule: string) => boolean,
): Fate {
  const { id } = rule.data
  if (next === undefined) return { kind: 'gone', by: ids.has(id) ? 'changed' : isDisabled(id) ? 'disabled' : 'removed' }
  if (isSame) return { kind: 'kept', index: next.index }
  return 'withinMs' in next ? { kind: 'changed-silence', silence: next } : { kind: 'changed', index: next.index }
}
