// The public names of @millrace/rules, one by one.

export type { Acknowledgement } from './alarms/acknowledgement.ts'
export type { ActionCode, AlarmAction, RejectedAction } from './alarms/alarm-action.ts'
export type { AlarmCorrection } from './alarms/alarm-correction.ts'
export type { AlarmEvent, ComparedInput, ComparedValue, LateFinding, Why } from './alarms/alarm-event.ts'
export type { AlarmFact } from './alarms/alarm-fact.ts'
export { alarmId } from './alarms/alarm-id.ts'
export type { AlarmNotice, NoticeCause, NoticeMember } from './alarms/alarm-notice.ts'
export type { AlarmHold, AlarmRecord, AlarmSignal } from './alarms/alarm-record.ts'
export type { AuditEntry, AuditHead } from './alarms/audit-entry.ts'
export { type DeviceAlert, type DeviceAlertOptions, toDeviceAlert } from './alarms/device-alert.ts'
export type { AlarmLifeOptions, NoticeRate, RoleHolders } from './alarms/life-options.ts'
export type { Pause, PauseKind } from './alarms/pauses.ts'
export {
  type AuditBreak,
  type AuditFault,
  type AuditReport,
  type VerifyAuditOptions,
  verifyAudit,
} from './alarms/verify-audit.ts'
export {
  type AcceptedChange,
  applyChange,
  type ChangeOutcome,
  type HistoryOptions,
  type RefusedChange,
  type RepeatedChange,
} from './changes/apply-change.ts'
export type {
  ChangedLimits,
  ChangeSignature,
  DeltaChange,
  GivenOwnLimit,
  GivenRules,
  RollBackChange,
  RuleChange,
  TimedLimit,
  WholeChange,
} from './changes/rule-change.ts'
export type { RuleDifference } from './changes/rule-differences.ts'
export type { RuleFact } from './changes/rule-fact.ts'
export { type RuleHistory, type RuleVersion, ruleHistory, rulesOf } from './changes/rule-history.ts'
export { toSql } from './compile/dialects/duckdb.ts'
export type { SqlOptions } from './compile/dialects/sql-options.ts'
export { attribute, type TextWords } from './dsl/attribute.ts'
export { type Defined, define } from './dsl/define.ts'
export { formatRules } from './dsl/format-rules.ts'
export { and, atLeastOf, during, not, or } from './dsl/logic.ts'
export type { Measured } from './dsl/measured.ts'
export { parseRules } from './dsl/parse-rules.ts'
export { printRules } from './dsl/print-rules.ts'
export {
  type ConditionWords,
  type NotifyOptions,
  type RaisedAfter,
  type RaisedWhen,
  type RuleStart,
  type RuleWords,
  rule,
  type Say,
} from './dsl/rule.ts'
export { type NamedLimits, type NamedOwnLimits, type RuleSetOptions, ruleSet } from './dsl/rule-set.ts'
export { abs, greatest, least } from './dsl/scalar-words.ts'
export { type AgainstValue, type Limit, type Value, value } from './dsl/value.ts'
export { type Comparisons, limit, type SignalWords, type Vitals, type WindowOptions } from './dsl/words.ts'
export { type AlarmLifeSnapshot, type AlarmLives, type AlarmOutcome, alarmLife } from './engine/alarm-life.ts'
export { type EvaluateRulesOptions, evaluateRules, type RuleEvaluation } from './engine/evaluate-rules.ts'
export { limitNotices, type NoticeLimit } from './engine/limit-notices.ts'
export {
  type AlarmManagement,
  alarmAudit,
  alarmNotices,
  manageAlarms,
  rejectedActions,
} from './engine/manage-alarms.ts'
export type { Reading, RejectedReading, VitalValue } from './engine/reading.ts'
export { rejectedReadings } from './engine/rejected-readings.ts'
export { ruleAudit } from './engine/rule-audit.ts'
export { type RuleChanges, ruleChanges } from './engine/rule-changes.ts'
export type { WardTimer } from './engine/timer-queue.ts'
export { compileRules, type Ward, type WardChange, type WardOptions, type WardSnapshot } from './engine/ward.ts'
export { MillraceRulesError, problemText, type RuleProblem, type RulesErrorCode } from './errors.ts'
export type { Comparison, Condition, LimitReference, Operand, Silence } from './expression/condition.ts'
export { conditionText } from './expression/condition-text.ts'
export type { Duration } from './expression/duration.ts'
export type { Expression } from './expression/expression.ts'
export type { Quantity } from './expression/quantity.ts'
export type { Signal } from './expression/signals.ts'
export type { BandTable, GivenTable, GivenTableRow, TableRow } from './schema/band-table.ts'
export type {
  ClearData,
  LimitsData,
  LimitTable,
  MissingPolicy,
  OwnLimit,
  OwnLimits,
  Priority,
  RuleData,
  RuleKind,
  RuleSetData,
  ZerosPolicy,
} from './schema/rule-data.ts'
export { parseRuleSet, type RuleSet } from './schema/rule-set.ts'
export type { SignedLimit, SignedLimits } from './schema/signed-limit.ts'
