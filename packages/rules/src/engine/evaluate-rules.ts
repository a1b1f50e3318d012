import type {
  FiredTimer,
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedProcessContext,
  KeyedProcessFunction,
  ReadsBroadcastState,
} from '@millrace/core'
import type { AlarmCorrection } from '../alarms/alarm-correction.ts'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import type { HistoryOptions } from '../changes/apply-change.ts'
import type { RuleChange } from '../changes/rule-change.ts'
import { type CompiledRuleSet, compileRuleSet } from '../compile/compile-rule-set.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { ChangingRules, RULE_STATE, type RuleState } from './changing-rules.ts'
import { PATIENT_STATE, type PatientState } from './patient-descriptors.ts'
import type { PatientHost, Reject } from './patient-host.ts'
import { HEADER_LENGTH } from './patient-state.ts'
import type { Reading } from './reading.ts'
import { type ReadingBoundsOptions, readingBounds } from './reading-bounds.ts'
import { rejectedReadings } from './rejected-readings.ts'
import { ruleAudit } from './rule-audit.ts'
import { runningRules } from './rules-in-force.ts'

export interface EvaluateRulesOptions extends HistoryOptions, ReadingBoundsOptions {}

type Fixed<Out> = KeyedProcessFunction<string, Reading, Out, PatientState>
type Changing<Out> = KeyedBroadcastProcessFunction<string, Reading, RuleChange, Out, PatientState, RuleState>
type StepContext<Out> = KeyedProcessContext<string, Out, PatientState> & Partial<ReadsBroadcastState<RuleState>>

/**
 * What `evaluateRules` gives: to be handed to `process` behind a `keyBy` of the patient's id, or behind the same and a
 * `connectBroadcast` of changes.
 */
export interface RuleEvaluation<Out = AlarmEvent>
  extends Omit<Fixed<Out> & Changing<Out>, 'processRecord' | 'onTimer' | 'open' | 'close'> {
  readonly state: PatientState
  readonly broadcastState: RuleState
  processRecord(reading: Reading, ctx: StepContext<Out>): void
  processBroadcastRecord(change: RuleChange, ctx: KeyedBroadcastContext<string, Out, PatientState, RuleState>): void
  onTimer(timer: FiredTimer, ctx: StepContext<Out>): void
}

/**
 * Raises and clears the alarms of a rule set, for each patient by itself. Put it behind a `keyBy` of the patient's id.
 *
 * What a rule means is written down in this package's README. Of each patient are kept, until the job ends, the last
 * annotation of each signal that a rule speaks of, the readings that windows look back on, the runs and alarms of the rules that are not
 * at rest, and up to two timers: about 2.5 kB, and 60 bytes for each run or alarm, however many rules there are. Readings and values that no rule can use go to the side output `rejectedReadings`. Counters: `outOfOrder`
 * (readings with a value older than its signal's last, which no rule sees), `rejected`, `ruleErrors`.
 *
 * With `allowedLateness` a reading that is late by no more is put in its place, and what was told without it is corrected: see
 * docs/decisions/0060-late-readings.md. Counters: `lateReadings`, `tooLateReadings`.
 *
 * Behind `connectBroadcast(changes)` its rules change while it runs, as docs/concepts/rule-changes.md says: each `RuleChange` is in force
 * for every patient when it comes. The history of the rules is broadcast state. After a restart the version of the checkpoint is in
 * force. What became of each change goes to the side output `ruleAudit`. Counters: `ruleChanges.accepted`, `.refused`, `.repeated`.
 *
 * @throws RULES_OPTION_INVALID for a bound that is no duration.
 * @throws RULES_STATE_OF_OTHER_RULES while it runs, where the state was written under rules of which this set is no version.
 * @example
 * ```ts
 * import { createEnvironment, monotonousTimestamps } from '@millrace/core'
 * import { evaluateRules, parseRules, type Reading, type RuleChange } from '@millrace/rules'
 *
 * const byTime = <T>(timeOf: (value: T) => number) => ({ watermarks: monotonousTimestamps().timestamp(timeOf) })
 * const rules = parseRules('alarm low\n  when spo2 < 80 %\n  priority high')
 * const readings: Reading[] = [0, 2_000].map((time) => ({ patientId: 'p1', time, spo2: 85 }))
 * const put = 'alarm low\n  when spo2 < 88 %\n  priority high'
 * const changes: RuleChange[] = [{ id: 'c1', at: 1_000, author: 'eng-7', reason: 'missed one', put }]
 *
 * const env = createEnvironment()
 * const alarms = await env
 *   .fromArray(readings, byTime((reading: Reading) => reading.time))
 *   .keyBy((reading) => reading.patientId)
 *   .connectBroadcast(env.fromArray(changes, byTime((change: RuleChange) => change.at)))
 *   .process(evaluateRules(rules))
 *   .executeAndCollect()
 * alarms.map(({ rule, time }) => `${rule} ${time}`) // => ['low 1000']
 * ```
 */
export function evaluateRules(
  ruleSet: RuleSet,
  options?: EvaluateRulesOptions & { readonly allowedLateness?: undefined },
): RuleEvaluation
export function evaluateRules(
  ruleSet: RuleSet,
  options: EvaluateRulesOptions,
): RuleEvaluation<AlarmEvent | AlarmCorrection>
export function evaluateRules(
  ruleSet: RuleSet,
  options: EvaluateRulesOptions = {},
): RuleEvaluation<AlarmEvent | AlarmCorrection> {
  return evaluateCompiled(ruleSet, compileRuleSet(ruleSet, HEADER_LENGTH), options)
}

/** The same for rules that are compiled already. */
export function evaluateCompiled(
  ruleSet: RuleSet,
  compiled: CompiledRuleSet,
  options: EvaluateRulesOptions = {},
): RuleEvaluation<AlarmEvent | AlarmCorrection> {
  const bounds = readingBounds(options)
  const own = runningRules({ ruleSet, compiled }, undefined, bounds, rejects)
  const rules = new ChangingRules(own, options, (changed, signed, previous) => {
    const next = { ruleSet: changed, compiled: compileRuleSet(changed, HEADER_LENGTH, previous) }
    return runningRules(next, signed, bounds, rejects, previous)
  })
  return {
    state: PATIENT_STATE,
    broadcastState: RULE_STATE,
    sideOutputs: [rejectedReadings, ruleAudit],
    processRecord(reading, ctx) {
      rules.inForce(ctx).processReading(reading, ctx)
    },
    processBroadcastRecord(change, ctx) {
      rules.change(change, ctx)
    },
    onTimer(timer, ctx) {
      rules.inForce(ctx).onTimer(timer, ctx)
    },
  }
}

const rejects: Reject = (host, rejected) =>
  (host as PatientHost & StepContext<AlarmEvent>).emitTo(rejectedReadings, rejected)
