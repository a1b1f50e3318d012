import type { CompiledCondition, CompiledRuleSet } from '../compile/compile-rules.ts'
import { UNKNOWN } from '../compile/truth.ts'

/** Whether a condition has thrown since this was last set to false. */
export interface Fault {
  failed: boolean
}

/** The same rules, but an error inside a condition makes it unknown and is noted, so that it stops no other rule. */
export function guardRules(set: CompiledRuleSet, fault: Fault): CompiledRuleSet {
  const guarded = (condition: CompiledCondition): CompiledCondition => ({
    ...condition,
    holds: (view, at) => {
      try {
        return condition.holds(view, at)
      } catch {
        fault.failed = true
        return UNKNOWN
      }
    },
  })
  const rules = set.rules.map((rule) => ({ ...rule, raise: guarded(rule.raise), clear: guarded(rule.clear) }))
  return { ...set, rules }
}
