import { canonicalJson } from './canonical-json.ts'
import type { LimitTable, RuleSetData } from './rule-data.ts'

// Rules and tables of limits are frozen, and go from one version of a set to the next: each is frozen and written out once.
const texts = new WeakMap<object, string>()

/** Freezes a set in canonical form through and through. */
export function freezeRuleSet(set: RuleSetData): RuleSetData {
  for (const rule of set.rules) textOf(rule)
  for (const tables of [set.limits?.wards, set.limits?.patients]) {
    for (const table of Object.values(tables ?? {})) textOf(table)
  }
  return deepFreeze(set)
}

/**
 * What `canonicalJson` gives of a frozen set: what its version is the hash of. In pieces, one a rule, since a text of ten thousand rules would be
 * put together only to be hashed.
 */
export function ruleSetPieces(set: RuleSetData): readonly string[] {
  const { limits, rules } = set
  const fields: Readonly<Record<string, readonly string[]>> = {
    ...textsOf({ ...set, limits: undefined, rules: undefined }),
    rules: ['[', ...rules.flatMap((rule, i) => (i === 0 ? [textOf(rule)] : [',', textOf(rule)])), ']'],
    ...(limits !== undefined && { limits: [limitsText(limits)] }),
  }
  const keys = Object.keys(fields).sort()
  const pieces = keys.flatMap((key, i) => {
    return [`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`, ...(fields[key] as readonly string[])]
  })
  return [...pieces, '}']
}

function limitsText(limits: NonNullable<RuleSetData['limits']>): string {
  const known = texts.get(limits)
  if (known !== undefined) return known
  const text = textOfLimits(limits)
  texts.set(limits, text)
  return text
}

function textOfLimits({ default: defaults, patients, wards }: NonNullable<RuleSetData['limits']>): string {
  const tablesText = (tables: Readonly<Record<string, LimitTable>>) =>
    objectText(Object.fromEntries(Object.entries(tables).map(([who, table]) => [who, textOf(table)])))
  return objectText({
    default: canonicalJson(defaults),
    ...(patients !== undefined && { patients: tablesText(patients) }),
    ...(wards !== undefined && { wards: tablesText(wards) }),
  })
}

function textsOf(object: object): Readonly<Record<string, readonly string[]>> {
  const given = Object.entries(object).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([key, value]) => [key, [canonicalJson(value)]]))
}

function objectText(fields: Readonly<Record<string, string>>): string {
  const keys = Object.keys(fields).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${fields[key]}`).join(',')}}`
}

function textOf(part: object): string {
  const known = texts.get(part)
  if (known !== undefined) return known
  const text = canonicalJson(deepFreeze(part))
  texts.set(part, text)
  return text
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !texts.has(value)) {
    for (const entry of Object.values(value)) deepFreeze(entry)
    Object.freeze(value)
  }
  return value
}
