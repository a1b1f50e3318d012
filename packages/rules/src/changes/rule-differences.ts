import { canonicalJson } from '../schema/canonical-json.ts'
import { ownOf } from '../schema/own-of.ts'
import type { RuleSetData } from '../schema/rule-data.ts'
import type { RuleVersion } from './rule-history.ts'

type What = 'added' | 'changed' | 'removed'

/** One thing in which two versions differ. Limits are named, and not what they are. */
export type RuleDifference =
  | { readonly rule: string; readonly what: What | 'disabled' | 'enabled' }
  | { readonly table: string; readonly what: What | 'disabled' | 'enabled' }
  | { readonly name: string; readonly kind: 'definition' | 'schedule' | 'attribute' | 'validFor'; readonly what: What }
  | {
      readonly limit: string
      /** Whose it is; of a default, nobody's; `own`: what those of patients may be. */
      readonly of: 'default' | 'own' | 'ward' | 'patient'
      readonly who?: string
      readonly what: What
    }

/** In what two versions differ: rules, tables, names, limits, in this order. */
export function ruleDifferences(before: RuleVersion, after: RuleVersion): readonly RuleDifference[] {
  const [old, now] = [before.set, after.set]
  return [
    ...betweenItems(old.rules, now.rules).map(([rule, what]) => ({ rule, what })),
    ...switched(before, after, now.rules).map(([rule, what]) => ({ rule, what })),
    ...betweenItems(old.tables, now.tables).map(([table, what]) => ({ table, what })),
    ...switched(before, after, now.tables).map(([table, what]) => ({ table, what })),
    ...KINDS.flatMap(([field, kind]) =>
      between(entries(old[field]), entries(now[field])).map(([name, what]) => ({ name, kind, what })),
    ),
    ...limitsBetween(old.limits?.default, now.limits?.default).map(([limit, what]) => {
      return { limit, of: 'default' as const, what }
    }),
    ...limitsBetween(old.limits?.own, now.limits?.own).map(([limit, what]) => ({ limit, of: 'own' as const, what })),
    ...limitsOfEach(old, now, 'wards', 'ward'),
    ...limitsOfEach(old, now, 'patients', 'patient'),
    ...signedAnew(before, after),
  ]
}

const KINDS = [
  ['definitions', 'definition'],
  ['schedules', 'schedule'],
  ['attributes', 'attribute'],
  ['validFor', 'validFor'],
] as const

type Named = ReadonlyMap<string, unknown>

interface Item {
  readonly id: string
}

/** Of thousands of rules most are the very objects that they were, in their places. */
function betweenItems(before: readonly Item[] = [], after: readonly Item[] = []): [string, What][] {
  const shortest = Math.min(before.length, after.length)
  let start = 0
  while (start < shortest && before[start] === after[start]) start++
  let end = 0
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const [old, now] = [before, after].map((items) => items.slice(start, items.length - end)) as [Item[], Item[]]
  return between(byId(old), byId(now))
}

function byId(items: readonly Item[]): Named {
  return new Map(items.map((item) => [item.id, item]))
}

function entries(object: object = {}): Named {
  return new Map(Object.entries(object))
}

function between(before: Named, after: Named): [string, What][] {
  const found: [string, What][] = []
  for (const [name, value] of after) {
    const known = before.get(name)
    if (known === undefined) found.push([name, 'added'])
    else if (known !== value && canonicalJson(known) !== canonicalJson(value)) found.push([name, 'changed'])
  }
  for (const name of before.keys()) if (!after.has(name)) found.push([name, 'removed'])
  return found
}

function switched(
  before: RuleVersion,
  after: RuleVersion,
  items: readonly Item[] = [],
): [string, 'disabled' | 'enabled'][] {
  const [was, is] = [new Set(before.disabled), new Set(after.disabled)]
  const has = (id: string): boolean => items.some((item) => item.id === id)
  return [
    ...[...is].filter((id) => !was.has(id) && has(id)).map((id): [string, 'disabled'] => [id, 'disabled']),
    ...[...was].filter((id) => !is.has(id) && has(id)).map((id): [string, 'enabled'] => [id, 'enabled']),
  ]
}

function limitsBetween(before: object | undefined, after: object | undefined): [string, What][] {
  return before === after ? [] : between(entries(before), entries(after))
}

/** Limits that are what they were, and given by someone else or until another time. */
function signedAnew(before: RuleVersion, after: RuleVersion): RuleDifference[] {
  if (before.signed === after.signed) return []
  return Object.entries(after.signed ?? {}).flatMap(([who, names]) => {
    const [old, now] = [before.set, after.set].map(({ limits }) => entries(limits?.patients?.[who]))
    const same = between(entries(before.signed?.[who]), entries(names)).filter(([limit]) => {
      return canonicalJson(old?.get(limit) ?? null) === canonicalJson(now?.get(limit) ?? null)
    })
    return same.map(([limit]) => ({ limit, of: 'patient', who, what: 'changed' }) as const)
  })
}

function limitsOfEach(
  before: RuleSetData,
  after: RuleSetData,
  scope: 'wards' | 'patients',
  of: 'ward' | 'patient',
): RuleDifference[] {
  const [old = {}, now = {}] = [before.limits?.[scope], after.limits?.[scope]]
  if (old === now) return []
  const changed = Object.keys(old).filter((who) => old[who] !== ownOf(now, who))
  const added = Object.keys(now).filter((who) => ownOf(old, who) === undefined)
  return [...changed, ...added].flatMap((who) => {
    return limitsBetween(ownOf(old, who), ownOf(now, who)).map(([limit, what]) => ({ limit, of, who, what }))
  })
}
