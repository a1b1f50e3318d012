import { canonicalJson } from './canonical-json.ts'
import type { LimitsData, LimitTable, RuleSetData } from './rule-data.ts'

// Rules and tables of limits are frozen, and go from one version of a set to the next: each is frozen and written out once.
const texts = new WeakMap<object, string>()

// The limits of thousands of patients make a text of megabytes, and every version of them is kept: so of one alone is its text.
let newestLimits: { readonly limits: LimitsData; readonly text: string } | undefined
const frozenLimits = new WeakSet<LimitsData>()

/** Freezes a set in canonical form through and through. */
export function freezeRuleSet(set: RuleSetData): RuleSetData {
  for (const rule of set.rules) textOf(rule)
  const { limits } = set
  if (limits !== undefined && !frozenLimits.has(limits)) {
    for (const tables of [limits.wards, limits.patients]) {
      for (const table of Object.values(Object.freeze(tables) ?? {})) textOf(table)
    }
    deepFreeze(limits.default)
    deepFreeze(limits.own)
    frozenLimits.add(Object.freeze(limits))
  }
  for (const [field, value] of Object.entries(set)) if (field !== 'limits') deepFreeze(value)
  return Object.freeze(set)
}

/**
 * What `canonicalJson` gives of a frozen set: what its version is the hash of. In pieces, a field each, since they may be
 * megabytes.
 */
export function ruleSetPieces(set: RuleSetData): readonly string[] {
  const { limits, rules } = set
  const fields: Readonly<Record<string, readonly string[]>> = {
    ...textsOf({ ...set, limits: undefined, rules: undefined }),
    rules: ['[', rules.map(textOf).join(','), ']'],
    ...(limits !== undefined && { limits: [textOfLimits(limits)] }),
  }
  const keys = Object.keys(fields).sort()
  const pieces = keys.flatMap((key, i) => {
    return [`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`, ...(fields[key] as readonly string[])]
  })
  return [...pieces, '}']
}

function textOfLimits(limits: LimitsData): string {
  if (newestLimits?.limits === limits) return newestLimits.text
  const { default: defaults, own, patients, wards } = limits
  const text = objectText({
    default: canonicalJson(defaults),
    ...(own !== undefined && { own: canonicalJson(own) }),
    ...(patients !== undefined && { patients: tablesText(patients) }),
    ...(wards !== undefined && { wards: tablesText(wards) }),
  })
  newestLimits = { limits, text }
  return text
}

function tablesText(tables: Readonly<Record<string, LimitTable>>): string {
  const pieces: string[] = []
  for (const who of Object.keys(tables).sort()) {
    pieces.push(pieces.length === 0 ? '{' : ',', JSON.stringify(who), ':', textOf(tables[who] as LimitTable))
  }
  return pieces.length === 0 ? '{}' : `${pieces.join('')}}`
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
