import { applyChange, type ChangeOutcome, type HistoryOptions } from '../changes/apply-change.ts'
import { type RuleHistory, type RuleVersion, rulesOf, versionInForce, writtenSetOf } from '../changes/rule-history.ts'
import type { CompiledVersion } from '../compile/compile-rule-set.ts'
import { canonicalJson } from '../schema/canonical-json.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import type { SignedLimits } from '../schema/signed-limit.ts'
import { allRules } from '../schema/table-rules.ts'
import { type CarriedRules, carriedRules } from './carried-rules.ts'
import type { Reject } from './patient-host.ts'
import { PatientRules } from './patient-rules.ts'
import type { ReadingBounds } from './reading-bounds.ts'

/** A version of the rules, running. */
export interface RunningRules extends CompiledVersion {
  readonly patients: PatientRules
}

/** What a change leads to. */
export interface RunningChange {
  readonly outcome: ChangeOutcome
  /** What runs from now on. */
  readonly running: RunningRules
  /** How each patient gets there; absent where nothing that runs is another. */
  readonly carried?: CarriedRules
}

/** Makes a rule set ready to run. */
export function runningRules(
  { ruleSet, compiled }: CompiledVersion,
  signed: SignedLimits | undefined,
  bounds: ReadingBounds,
  rejects: Reject,
  previous?: RunningRules,
): RunningRules {
  const limits = { limits: ruleSet.limits, signed }
  const patients = new PatientRules(compiled, limits, bounds, rejects, previous?.patients)
  return { ruleSet, compiled, patients }
}

/** Makes rules ready to run, by what is ready already. */
export type MakeRunning = (ruleSet: RuleSet, signed: SignedLimits | undefined, previous?: RunningRules) => RunningRules

/** Equal where the same runs: the same rules, and limits by the same people until the same times. */
export function runningKey({ version, signed }: Pick<RuleVersion, 'version' | 'signed'>): string {
  return signed === undefined ? version : `${version} ${canonicalJson(signed)}`
}

/** Applies a change to rules that run. */
export function changeRunning(
  history: RuleHistory,
  before: RunningRules,
  change: unknown,
  options: HistoryOptions,
  make: MakeRunning,
): RunningChange {
  const outcome = applyChange(history, change, options)
  if (outcome.status !== 'accepted') return { outcome, running: before }
  const version = versionInForce(outcome.history)
  if (runningKey(version) === runningKey(versionInForce(history))) return { outcome, running: before }
  const running = make(rulesOf(outcome.history), version.signed, before)
  const written = new Set(allRules(writtenSetOf(version)).map(({ id }) => id))
  const carried = carriedRules(before, running, version.change?.id as string, (id) => written.has(id))
  return { outcome, running, carried }
}
