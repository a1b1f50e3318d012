import type { Why } from '../alarms/alarm-event.ts'
import type { CompiledRule, CompiledSilence, CompiledVersion } from '../compile/compile-rule-set.ts'
import { sameEvaluation } from '../compile/same-evaluation.ts'
import { InOrder } from '../schema/in-order.ts'

/** How a rule came to be no longer in force in the form that raised an alarm. */
type EndedBy = NonNullable<Why['change']>['rule']

/** What becomes of what is known of a rule that does not stay as it is, when another version comes in force. */
export type Fate =
  /** It begins anew, but its alarm goes on. */
  | { readonly kind: 'changed'; readonly index: number }
  | { readonly kind: 'changed-silence'; readonly silence: CompiledSilence }
  | { readonly kind: 'gone'; readonly by: EndedBy }

/** What an alarm can be of. */
export type Alarming = CompiledRule | CompiledSilence

/** How the alarms of one version go on under the next. The same for all patients. */
export interface CarryOver {
  /** The change's id. */
  readonly change: string
  /** By index of the earlier version: the index of what is the same rule now, -1 where it does not stay as it is. */
  readonly indexNow: Int32Array
  /** By index of the earlier version: what does not stay as it is. */
  readonly fates: ReadonlyMap<number, { readonly old: Alarming; readonly fate: Fate }>
  /** Whether those that stay stand behind each other as they did; and whether they have the very places that they had. */
  readonly isInOrder: boolean
  readonly isInPlace: boolean
  /** Those that do not stay and are not silences. */
  readonly leaving: readonly CompiledRule[]
  /** Of the next version: those that begin anew. */
  readonly fresh: readonly CompiledRule[]
  readonly hasFreshSilences: boolean
  /** The indexes of silences, in the earlier version. */
  readonly silences: ReadonlySet<number>
}

/** @param isDisabled whether a rule that is not in force any more was disabled, and not removed. */
export function carryOver(
  from: CompiledVersion,
  to: CompiledVersion,
  change: string,
  isDisabled: (rule: string) => boolean,
): CarryOver {
  const same = sameEvaluation(from.ruleSet, to.ruleSet)
  const indexNow = new Int32Array(from.compiled.alarmCount).fill(-1)
  const fates = new Map<number, { old: Alarming; fate: Fate }>()
  const isKept = new Uint8Array(to.compiled.alarmCount)
  const isStill = (id: string): boolean => KINDS.some((kind) => kind(to).some(({ data }) => data.id === id))
  for (const kind of KINDS) {
    const next = new InOrder(kind(to), ({ data }) => data.id)
    for (const rule of kind(from)) {
      const { id } = rule.data
      const now = next.get(id)
      if (now === undefined) {
        const by = isStill(id) ? 'changed' : isDisabled(id) ? 'disabled' : 'removed'
        fates.set(rule.index, { old: rule, fate: { kind: 'gone', by } })
      } else if (same(rule.data, now.data)) {
        indexNow[rule.index] = now.index
        isKept[now.index] = 1
      } else fates.set(rule.index, { old: rule, fate: changedTo(now) })
    }
  }
  const { rules, silences } = to.compiled
  return {
    change,
    indexNow,
    fates,
    isInOrder: isAscending(indexNow),
    isInPlace: indexNow.every((now, index) => now === -1 || now === index),
    leaving: from.compiled.rules.filter(({ index }) => indexNow[index] === -1),
    fresh: rules.filter(({ index }) => isKept[index] === 0),
    hasFreshSilences: silences.some(({ index }) => isKept[index] === 0),
    silences: new Set(from.compiled.silences.map(({ index }) => index)),
  }
}

// Alarms of one rule are of three kinds, and each goes on as the same kind alone.
const KINDS: readonly ((version: CompiledVersion) => readonly Alarming[])[] = [
  ({ compiled }) => compiled.rules.slice(0, firstBlindness(compiled.rules)),
  ({ compiled }) => compiled.rules.slice(firstBlindness(compiled.rules)),
  ({ compiled }) => compiled.silences,
]

/** What watches rules comes after them. */
function firstBlindness(rules: readonly CompiledRule[]): number {
  const first = rules.findIndex(({ isBlindness }) => isBlindness)
  return first === -1 ? rules.length : first
}

function changedTo(next: Alarming): Fate {
  return 'withinMs' in next ? { kind: 'changed-silence', silence: next } : { kind: 'changed', index: next.index }
}

function isAscending(indexNow: Int32Array): boolean {
  let last = -1
  for (const now of indexNow) {
    if (now === -1) continue
    if (now <= last) return false
    last = now
  }
  return true
}
