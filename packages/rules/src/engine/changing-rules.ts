import { broadcastState, type KeyedBroadcastContext, type ReadsBroadcastState } from '@millrace/core'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import { type AuditHead, auditEntry, START_OF_CHAIN } from '../alarms/audit-entry.ts'
import type { HistoryOptions } from '../changes/apply-change.ts'
import type { RuleChange } from '../changes/rule-change.ts'
import { ruleFact } from '../changes/rule-fact.ts'
import { type RuleHistory, ruleHistory, rulesOf, versionInForce } from '../changes/rule-history.ts'
import { MillraceRulesError } from '../errors.ts'
import type { PatientState } from './patient-descriptors.ts'
import type { PatientRules } from './patient-rules.ts'
import { ruleAudit } from './rule-audit.ts'
import { changeRunning, type MakeRunning, type RunningRules, runningKey } from './rules-in-force.ts'

/** What every subtask knows of the rules once they have changed, each under the one name there is. */
export const RULE_STATE: RuleState = {
  ruleHistory: broadcastState<string, RuleHistory>(),
  ruleAudit: broadcastState<string, AuditHead>(),
}

/** The type of `RULE_STATE`. An alias, since an interface would not do as descriptors by any name. */
export type RuleState = {
  readonly ruleHistory: ReturnType<typeof broadcastState<string, RuleHistory>>
  readonly ruleAudit: ReturnType<typeof broadcastState<string, AuditHead>>
}

export type ChangeContext = KeyedBroadcastContext<string, AlarmEvent, PatientState, RuleState>
type Reads = Partial<ReadsBroadcastState<RuleState>>

const NAME = 'rules'
const CHAIN = 'rules'
/** Subtasks of one thread may stand before and behind a change. */
const MOST_RUNNING = 2

/** Which rules run, by what a subtask's state says; and what a change makes of them. */
export class ChangingRules {
  readonly #own: RunningRules
  readonly #make: MakeRunning
  readonly #options: HistoryOptions
  /** The history that was asked for last, and what runs by it. */
  #last: RuleHistory | undefined
  #running: RunningRules
  readonly #byVersion = new Map<string, RunningRules>()

  /** @param own the rules of the job's code: in force until the first change. */
  constructor(own: RunningRules, options: HistoryOptions, make: MakeRunning) {
    this.#own = own
    this.#running = own
    this.#options = options
    this.#make = make
  }

  /** @throws RULES_STATE_OF_OTHER_RULES where the rules of the code are no version of the history. */
  inForce({ broadcastState }: Reads): PatientRules {
    const history = broadcastState?.ruleHistory.get(NAME)
    if (history !== this.#last) this.#turnTo(history)
    return this.#running.patients
  }

  /** Applies a change to every patient of the subtask, and writes it down. */
  change(change: RuleChange, ctx: ChangeContext): void {
    this.inForce(ctx)
    const { ruleHistory: state } = ctx.broadcastState
    const before = this.#running
    const history = state.get(NAME) ?? ruleHistory(this.#own.ruleSet)
    const { outcome, running, carried } = changeRunning(history, before, change, this.#options, this.#make)
    if (outcome.status === 'accepted') {
      state.put(NAME, outcome.history)
      this.#remember(runningKey(versionInForce(outcome.history)), running)
      this.#last = outcome.history
      this.#running = running
    }
    ctx.metrics.counter(`ruleChanges.${outcome.status}`).add(1)
    this.#audit(change, ruleFact(change, outcome, before.ruleSet.version), ctx)
    if (carried === undefined) return
    const { timestamp } = ctx
    ctx.applyToKeys('vitals', (_patient, _vitals, keyed) => {
      running.patients.carry(before.patients, carried, timestamp, keyed)
    })
  }

  #turnTo(history: RuleHistory | undefined): void {
    this.#last = history
    if (history === undefined) {
      this.#running = this.#own
      return
    }
    const own = this.#own.ruleSet.version
    if (!history.versions.some(({ version }) => version === own)) {
      throw new MillraceRulesError(
        'RULES_STATE_OF_OTHER_RULES',
        "the rules of the job's code are no version of its history",
      )
    }
    const inForce = versionInForce(history)
    const key = runningKey(inForce)
    const make = () => this.#make(rulesOf(history), inForce.signed, this.#own)
    this.#running = key === own ? this.#own : (this.#byVersion.get(key) ?? make())
    this.#remember(key, this.#running)
  }

  #remember(key: string, running: RunningRules): void {
    this.#byVersion.delete(key)
    this.#byVersion.set(key, running)
    for (const oldest of this.#byVersion.keys()) {
      if (this.#byVersion.size <= MOST_RUNNING) break
      this.#byVersion.delete(oldest)
    }
  }

  /** The same entry in every subtask: nothing of it is a subtask's own, its clock neither. */
  #audit(change: RuleChange, fact: ReturnType<typeof ruleFact>, ctx: ChangeContext): void {
    const heads = ctx.broadcastState.ruleAudit
    const given: unknown = Object(change).at
    const at = Number.isSafeInteger(given) ? (given as number) : 0
    const entry = auditEntry(CHAIN, heads.get(NAME) ?? START_OF_CHAIN, at, fact)
    heads.put(NAME, { seq: entry.seq, hash: entry.hash })
    ctx.emitTo(ruleAudit, entry)
  }
}
