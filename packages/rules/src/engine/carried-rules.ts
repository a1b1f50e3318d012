import type { CompiledRule } from '../compile/compile-rule-set.ts'
import { insideOf } from '../compile/resolve-rules.ts'
import { type CarryOver, carryOver, type VersionedRules } from './carry-over.ts'
import { VitalsCarrier } from './carry-vitals.ts'

/** What is to be done at a change of the rules, the same for all patients. */
export interface CarriedRules {
  readonly over: CarryOver
  readonly vitals: VitalsCarrier
  readonly limits: {
    /** By place of a limit in the next version: its place in the earlier one, -1 for none. */
    readonly places: readonly number[]
    /** The rules that compare with limits, and with which. */
    readonly users: readonly { readonly rule: CompiledRule; readonly limits: readonly number[] }[]
  }
}

/** @param isDisabled whether a rule that is not in force any more was disabled, and not removed. */
export function carriedRules(
  from: VersionedRules,
  to: VersionedRules,
  change: string,
  isDisabled: (rule: string) => boolean,
): CarriedRules {
  const { limitNames, rules } = to.compiled
  const users =
    from.ruleSet.limits === to.ruleSet.limits
      ? []
      : rules.map((rule) => ({ rule, limits: limitsOf(rule, limitNames) })).filter(({ limits }) => limits.length > 0)
  return {
    over: carryOver(from, to, change, isDisabled),
    vitals: new VitalsCarrier(from.compiled, to.compiled),
    limits: { places: limitNames.map((name) => from.compiled.limitNames.indexOf(name)), users },
  }
}

function limitsOf({ raise, clear }: CompiledRule, names: readonly string[]): number[] {
  const values = [...raise.compared, ...clear.compared].flatMap(({ subject, operand }) => [subject, operand])
  const named = values.flatMap(insideOf).flatMap((value) => (value.kind === 'limit' ? [value.limit] : []))
  return [...new Set(named)].map((name) => names.indexOf(name))
}
