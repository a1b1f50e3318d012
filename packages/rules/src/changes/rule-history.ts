import { MillraceRulesError } from '../errors.ts'
import { describe } from '../schema/problems.ts'
import type { RuleSetData } from '../schema/rule-data.ts'
import { parseWrittenRuleSet, type RuleSet, remainingRuleSet } from '../schema/rule-set.ts'
import type { SignedLimits } from '../schema/signed-limit.ts'
import { rulesOf as rulesOfTable } from '../schema/table-rules.ts'
import type { ChangeSignature } from './rule-change.ts'

/** A version of the rules, and the change that made it. Plain data. */
export interface RuleVersion {
  /** From 1, one more with each change. */
  readonly revision: number
  /** That of the set in force, without what is disabled: the one that alarms carry. */
  readonly version: string
  /** As it is written, with what is disabled. */
  readonly set: RuleSetData
  /** Ids of rules and tables, in the order in which they were disabled. */
  readonly disabled: readonly string[]
  /** Who gave patients their limits, where a change did. */
  readonly signed?: SignedLimits
  /** Absent of the set that was there at first. */
  readonly change?: ChangeSignature
}

/**
 * Every version of the rules, the oldest first; the last is in force. Plain data that shares what did not change, so that a version
 * costs what is new in it and a list of its rules.
 */
export interface RuleHistory {
  readonly format: 1
  readonly versions: readonly [RuleVersion, ...RuleVersion[]]
}

/** The history of a set that has not changed yet. */
export function ruleHistory(ruleSet: RuleSet): RuleHistory {
  const first = { revision: 1, version: ruleSet.version, set: ruleSet.toJSON(), disabled: [] }
  written.set(first.set, ruleSet)
  return { format: 1, versions: [first] }
}

/** The version in force. */
export function versionInForce({ versions }: RuleHistory): RuleVersion {
  return versions.at(-1) as RuleVersion
}

/**
 * The rules of a version, ready to run: by default those in force.
 *
 * @throws RULES_VERSION_UNKNOWN
 */
export function rulesOf(history: RuleHistory, version?: string): RuleSet {
  if (version === undefined) return inForceOf(versionInForce(history))
  const found = versionOf(history, version)
  if (found !== undefined) return inForceOf(found)
  throw new MillraceRulesError('RULES_VERSION_UNKNOWN', `there was no version ${describe(version)}`)
}

/** The latest of the history with that version. */
export function versionOf({ versions }: RuleHistory, version: string): RuleVersion | undefined {
  return versions.findLast((one) => one.version === version)
}

// What is checked once is not checked again; what came out of a checkpoint is.
const written = new WeakMap<RuleSetData, RuleSet>()
const inForce = new WeakMap<RuleVersion, RuleSet>()

/** A version's set as it is written, with what is disabled. */
export function writtenSetOf({ set }: RuleVersion): RuleSet {
  const known = written.get(set)
  if (known !== undefined) return known
  const made = parseWrittenRuleSet(set)
  written.set(set, made)
  return made
}

/** A version that follows from a checked set. */
export function nextVersion(
  revision: number,
  ruleSet: RuleSet,
  disabled: readonly string[],
  signed: SignedLimits | undefined,
  change: ChangeSignature,
): RuleVersion {
  const set = ruleSet.toJSON()
  written.set(set, ruleSet)
  const running = withoutDisabled(ruleSet, disabled)
  const limits = signed === undefined ? {} : { signed }
  const version = { revision, version: running.version, set, disabled, ...limits, change }
  inForce.set(version, running)
  return version
}

function inForceOf(version: RuleVersion): RuleSet {
  const known = inForce.get(version)
  if (known !== undefined) return known
  const made = withoutDisabled(writtenSetOf(version), version.disabled)
  inForce.set(version, made)
  return made
}

/** Whom a disabled rule suppresses is heard. */
function withoutDisabled(set: RuleSet, disabled: readonly string[]): RuleSet {
  if (disabled.length === 0) return set
  const off = new Set(disabled)
  for (const table of set.tables ?? []) if (off.has(table.id)) for (const { id } of rulesOfTable(table)) off.add(id)
  const rules = set.rules.flatMap((rule) => {
    if (off.has(rule.id)) return []
    if (!rule.suppressedBy?.some((id) => off.has(id))) return [rule]
    const { suppressedBy, ...others } = rule
    const left = suppressedBy.filter((id) => !off.has(id))
    return [left.length === 0 ? others : { ...others, suppressedBy: left }]
  })
  return remainingRuleSet(
    set,
    rules,
    (set.tables ?? []).filter(({ id }) => !off.has(id)),
  )
}
