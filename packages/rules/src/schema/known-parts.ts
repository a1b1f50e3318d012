import { InOrder } from './in-order.ts'
import type { RuleData, RuleSetData } from './rule-data.ts'
import type { RuleSet } from './rule-set.ts'

/** What of a set was checked already, as part of another, and can be taken as it is. */
export interface KnownParts {
  hasRule(rule: unknown): boolean
  /** All of the limits, those of a ward or a patient, or what patients' own may be. */
  hasLimits(part: unknown): boolean
  /** Whether it stands beside the set until when patients' own limits hold. */
  readonly knowsEnds: boolean
}

export const CHECK_ALL: KnownParts = { hasRule: () => false, hasLimits: () => false, knowsEnds: false }

/** Of a set that is, or comes, in a history. */
export const CHECK_ALL_BUT_ENDS: KnownParts = { ...CHECK_ALL, knowsEnds: true }

/** What a set has from a checked one. A rule is checked against names: where those are others, every rule is. */
export function uncheckedOf(set: RuleSetData, from: RuleSet): KnownParts {
  const names = ['attributes', 'schedules', 'definitions'] as const
  const [before, after] = [from, set].map(({ limits }) =>
    Object.keys(limits?.default ?? {})
      .sort()
      .join('\n'),
  )
  if (before !== after) return CHECK_ALL_BUT_ENDS
  const rules = new InOrder<unknown, RuleData>(names.every((name) => set[name] === from[name]) ? from.rules : [], own)
  const { wards = {}, patients = {} } = from.limits ?? {}
  let tables: Set<unknown> | undefined
  const isTable = (part: unknown): boolean => {
    tables ??= new Set<unknown>([from.limits?.default, ...Object.values(wards), ...Object.values(patients)])
    return part !== undefined && tables.has(part)
  }
  const { limits } = from
  return {
    hasRule: (rule) => rules.near(rule) !== undefined,
    hasLimits: (part) => (part !== undefined && (part === limits || part === limits?.own)) || isTable(part),
    knowsEnds: true,
  }
}

function own<T>(item: T): T {
  return item
}
