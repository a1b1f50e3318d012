import { type OutputTag, outputTag } from '@millrace/core'
import type { AuditEntry } from '../alarms/audit-entry.ts'
import type { RuleFact } from '../changes/rule-fact.ts'

/**
 * The side output of `evaluateRules` with what became of each change of the rules: entries of the chain `rules`, for `verifyAudit`. Every
 * subtask writes all of them, alike: a job of four brings each four times.
 */
export const ruleAudit: OutputTag<AuditEntry<RuleFact>> = outputTag<AuditEntry<RuleFact>>('rule-audit')
