/** Rules over Observables of RxJS 7. */
export { type EvaluateRulesInRxOptions, evaluateRules } from './evaluate-rules.ts'
export { type ManageAlarmsInRxOptions, manageAlarms } from './manage-alarms.ts'
