import { type KeyedProcessContext, type KeyedProcessFunction, keyedProcess } from '@millrace/core'
import type { AlarmEvent } from '../alarms/alarm-event.ts'
import { type CompiledRuleSet, compileRuleSet } from '../compile/compile-rule-set.ts'
import { MillraceRulesError } from '../errors.ts'
import { type Duration, durationMs } from '../expression/duration.ts'
import { describe } from '../schema/problems.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import type { RuleSet } from '../schema/rule-set.ts'
import { PATIENT_STATE, type PatientState } from './patient-descriptors.ts'
import { PatientRules } from './patient-rules.ts'
import { HEADER_LENGTH } from './patient-state.ts'
import type { Reading } from './reading.ts'
import { rejectedReadings } from './rejected-readings.ts'

export interface EvaluateRulesOptions {
  /**
   * How far a reading's time may be ahead of the job's clock. One further ahead is rejected (READING_TIME_AHEAD): it would
   * make all that follow look old. By default there is no bound.
   */
  readonly maxAhead?: Duration
}

/** What `evaluateRules` gives: to be handed to `process` behind a `keyBy` of the patient's id. */
export type RuleEvaluation = KeyedProcessFunction<string, Reading, AlarmEvent, PatientState>

/**
 * Raises and clears the alarms of a rule set, for each patient by itself. Put it behind a `keyBy` of the patient's id.
 *
 * What a rule means is written down in this package's README. Of each patient are kept, until the job ends, the last
 * annotation of each signal that a rule speaks of, the runs and alarms of each rule, and up to two timers: a few hundred
 * bytes. Readings and values that no rule can use go to the side output `rejectedReadings`. Counters: `outOfOrder`
 * (readings with a value older than its signal's last, which no rule sees), `rejected`, `ruleErrors`.
 *
 * @throws RULES_OPTION_INVALID for a bound that is no duration.
 * @throws RULES_STATE_OF_OTHER_RULES while it runs, where the state was written under another version of the rules.
 */
export function evaluateRules(ruleSet: RuleSet, options: EvaluateRulesOptions = {}): RuleEvaluation {
  const maxAheadMs = options.maxAhead === undefined ? Infinity : durationMs(options.maxAhead)
  if (maxAheadMs === undefined) {
    throw new MillraceRulesError('RULES_OPTION_INVALID', `maxAhead ${describe(options.maxAhead)} is no duration`)
  }
  return evaluateCompiled(compileRuleSet(ruleSet, HEADER_LENGTH), ruleSet.limits, maxAheadMs)
}

type StepContext = KeyedProcessContext<string, AlarmEvent, PatientState>

/** The same for rules that are compiled already. */
export function evaluateCompiled(
  compiled: CompiledRuleSet,
  limits: LimitsData | undefined,
  maxAheadMs: number,
): RuleEvaluation {
  const rules = new PatientRules(compiled, limits, maxAheadMs, (host, rejected) => {
    ;(host as StepContext).emitTo(rejectedReadings, rejected)
  })
  return keyedProcess<Reading, AlarmEvent>()({
    state: PATIENT_STATE,
    sideOutputs: [rejectedReadings],
    processRecord(reading, ctx) {
      rules.processReading(reading, ctx)
    },
    onTimer(timer, ctx) {
      rules.onTimer(timer, ctx)
    },
  })
}
