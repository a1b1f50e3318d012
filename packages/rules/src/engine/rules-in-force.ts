import { applyChange, type ChangeOutcome, type HistoryOptions } from '../changes/apply-change.ts'
import { type RuleHistory, rulesOf, versionInForce, writtenSetOf } from '../changes/rule-history.ts'
import type { CompiledRuleSet, CompiledVersion } from '../compile/compile-rule-set.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { allRules } from '../schema/table-rules.ts'
import { type CarriedRules, carriedRules } from './carried-rules.ts'
import type { Reject } from './patient-host.ts'
import { PatientRules } from './patient-rules.ts'

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
  ruleSet: RuleSet,
  compiled: CompiledRuleSet,
  maxAheadMs: number,
  rejects: Reject,
): RunningRules {
  return { ruleSet, compiled, patients: new PatientRules(compiled, ruleSet.limits, maxAheadMs, rejects) }
}

/** Applies a change to rules that run. */
export function changeRunning(
  history: RuleHistory,
  before: RunningRules,
  change: unknown,
  options: HistoryOptions,
  make: (ruleSet: RuleSet, previous: RunningRules) => RunningRules,
): RunningChange {
  const outcome = applyChange(history, change, options)
  if (outcome.status !== 'accepted' || outcome.after === outcome.before) return { outcome, running: before }
  const running = make(rulesOf(outcome.history), before)
  const version = versionInForce(outcome.history)
  const written = new Set(allRules(writtenSetOf(version)).map(({ id }) => id))
  const carried = carriedRules(before, running, version.change?.id as string, (id) => written.has(id))
  return { outcome, running, carried }
}
