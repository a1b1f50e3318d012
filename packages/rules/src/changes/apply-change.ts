import { MillraceRulesError, type RuleProblem } from '../errors.ts'
import { describe, Problems } from '../schema/problems.ts'
import { parseChangedRuleSet, parseWrittenRuleSet, type RuleSet } from '../schema/rule-set.ts'
import { checkRuleChange } from './check-rule-change.ts'
import { type GivenSet, readGiven } from './given-set.ts'
import { mergeDelta } from './merge-delta.ts'
import type { ChangeSignature, DeltaChange, RollBackChange, RuleChange, WholeChange } from './rule-change.ts'
import { type RuleDifference, ruleDifferences } from './rule-differences.ts'
import {
  nextVersion,
  type RuleHistory,
  type RuleVersion,
  rulesOf,
  versionInForce,
  versionOf,
  writtenSetOf,
} from './rule-history.ts'
import { refuseTooLong, signedAfter, takeUntils } from './signed-limits.ts'

/** What became of a change. */
export type ChangeOutcome = AcceptedChange | RefusedChange | RepeatedChange

export interface AcceptedChange {
  readonly status: 'accepted'
  readonly history: RuleHistory
  /** The rules in force from now on. */
  readonly rules: RuleSet
  readonly before: string
  readonly after: string
  readonly differences: readonly RuleDifference[]
}

/** Nothing of it is in force. */
export interface RefusedChange {
  readonly status: 'refused'
  readonly problems: readonly RuleProblem[]
}

/** A change of this id is in the history: nothing is done again. */
export interface RepeatedChange {
  readonly status: 'repeated'
}

export interface HistoryOptions {
  /** How many versions are kept, the first and the one in force among them; at least 2. Default: 1,000. */
  readonly keepVersions?: number
}

const KEPT_VERSIONS = 1_000

/**
 * Applies a change to the rules in force: all of it, or nothing. A pure function; what came over a wire may be handed in as it is.
 *
 * Only what is new is checked: of 10,000 rules one that changes costs a few ms. Beyond `keepVersions` the oldest but the first are let go.
 *
 * @throws RULES_OPTION_INVALID for a number of versions that is none.
 * @example
 * ```ts
 * import { applyChange, parseRules, ruleHistory } from '@millrace/rules'
 *
 * const history = ruleHistory(parseRules('alarm low\n  when spo2 < 88 %\n  priority high'))
 * const put = 'alarm low\n  when spo2 < 85 %\n  priority high'
 * const outcome = applyChange(history, { id: 'c1', at: 0, author: 'eng-7', reason: 'trial', put })
 * outcome.status // => 'accepted'
 * outcome.status === 'accepted' && outcome.differences // => [{ rule: 'low', what: 'changed' }]
 * ```
 */
export function applyChange(history: RuleHistory, change: unknown, options: HistoryOptions = {}): ChangeOutcome {
  const keep = options.keepVersions ?? KEPT_VERSIONS
  if (!Number.isSafeInteger(keep) || keep < 2) {
    throw new MillraceRulesError('RULES_OPTION_INVALID', `keepVersions ${describe(keep)} is no whole number from 2`)
  }
  const problems = new Problems()
  const checked = checkRuleChange(change, problems)
  if (checked === undefined) return { status: 'refused', problems: problems.list }
  if (history.versions.some((version) => version.change?.id === checked.id)) return { status: 'repeated' }
  const current = versionInForce(history)
  if (checked.basedOn !== undefined && checked.basedOn !== current.version) {
    const path = 'basedOn'
    const message = 'another version is in force by now'
    return { status: 'refused', problems: [{ path, code: 'RULES_CHANGE_CONFLICT', message }] }
  }
  try {
    const isDelta = !('set' in checked) && !('rollBack' in checked)
    const { change: plain, untils } = isDelta ? takeUntils(checked, problems) : { change: checked, untils: {} }
    const { set, disabled } = changed(history, current, { ...checked, ...plain } as RuleChange, problems)
    if (set === undefined || problems.list.length > 0) return { status: 'refused', problems: problems.list }
    const signature = signatureOf(checked)
    const patients = Object((isDelta && checked.limits?.patients) || {}) as Readonly<Record<string, object>>
    const before = { set: writtenSetOf(current), signed: current.signed }
    const signed = signedAfter(before, set, signature, { untils, patients })
    refuseTooLong(before.set, set, signed, signature, problems)
    if (problems.list.length > 0) return { status: 'refused', problems: problems.list }
    const next = nextVersion(current.revision + 1, set, disabled, signed, signature)
    const [first, ...others] = history.versions
    const after: RuleHistory = { ...history, versions: [first, ...[...others, next].slice(1 - keep)] }
    return {
      status: 'accepted',
      history: after,
      rules: rulesOf(after),
      before: current.version,
      after: next.version,
      differences: ruleDifferences(current, next),
    }
  } catch (error) {
    if (!(error instanceof MillraceRulesError) || error.code !== 'RULES_INVALID') throw error
    return { status: 'refused', problems: error.problems }
  }
}

type Changed = { readonly set: RuleSet | undefined; readonly disabled: readonly string[] }

function changed(history: RuleHistory, current: RuleVersion, change: RuleChange, problems: Problems): Changed {
  if ('set' in change) return whole(current, change)
  if ('rollBack' in change) return rolledBack(history, current, change, problems)
  return delta(current, change as DeltaChange, problems)
}

function whole(current: RuleVersion, { set: given }: WholeChange): Changed {
  const read = readGiven(given)
  const checked = read.checked(() => parseWrittenRuleSet(read.json))
  if (checked.limits?.patients !== undefined || hasPatients(read)) return { set: checked, disabled: [] }
  return { set: withPatientsOf(checked, current), disabled: [] }
}

function hasPatients({ json }: GivenSet): boolean {
  return Object(Object(json).limits).patients !== undefined
}

function rolledBack(
  history: RuleHistory,
  current: RuleVersion,
  { rollBack }: RollBackChange,
  problems: Problems,
): Changed {
  const version = versionOf(history, rollBack)
  if (version === undefined) {
    problems.add('rollBack', 'RULES_VERSION_UNKNOWN', 'the history has no such version')
    return { set: undefined, disabled: [] }
  }
  return { set: withPatientsOf(writtenSetOf(version), current), disabled: version.disabled }
}

/** The patients' own limits that are in force, where the set has defaults for them. */
function withPatientsOf(set: RuleSet, current: RuleVersion): RuleSet {
  const { limits, ...others } = set.toJSON()
  const before = writtenSetOf(current)
  const defaults = limits?.default ?? {}
  const kept = Object.entries(before.limits?.patients ?? {}).flatMap(([patient, table]) => {
    const own = Object.entries(table).filter(([name]) => Object.hasOwn(defaults, name))
    if (own.length === 0) return []
    return [[patient, own.length === Object.keys(table).length ? table : Object.fromEntries(own)] as const]
  })
  if (kept.length === 0 && limits?.patients === undefined) return set
  const { patients: _, ...rest } = limits ?? { default: {} }
  const patients = kept.length === 0 ? {} : { patients: Object.fromEntries(kept) }
  return parseChangedRuleSet({ ...others, limits: { ...rest, ...patients } }, set)
}

function delta(current: RuleVersion, change: DeltaChange, problems: Problems): Changed {
  const before = writtenSetOf(current)
  const { json, read, disabled, sourceOf } = mergeDelta(before, current.disabled, change, problems)
  if (problems.list.length > 0) return { set: undefined, disabled }
  const set = read.checked(() => parseChangedRuleSet(json, before), { json, sourceOf })
  return { set, disabled }
}

function signatureOf({ id, at: time, author, reason, basedOn }: RuleChange): ChangeSignature {
  return { id, at: time, author, reason, ...(basedOn !== undefined && { basedOn }) }
}
