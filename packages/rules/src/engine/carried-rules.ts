import type { CompiledRule, CompiledVersion } from '../compile/compile-rule-set.ts'
import { type CarryOver, carryOver } from './carry-over.ts'
import { VitalsCarrier } from './carry-vitals.ts'

/** What is to be done at a change of the rules, the same for all patients. */
export interface CarriedRules {
  readonly over: CarryOver
  readonly vitals: VitalsCarrier
  readonly limits: {
    /** By place of a limit in the next version: its place in the earlier one, -1 for none. */
    readonly places: readonly number[]
    readonly areInPlace: boolean
    /** The rules that compare with limits, and with which. */
    readonly users: readonly { readonly rule: CompiledRule; readonly limits: readonly number[] }[]
  }
}

/** @param isDisabled whether a rule that is not in force any more was disabled, and not removed. */
export function carriedRules(
  from: CompiledVersion,
  to: CompiledVersion,
  change: string,
  isDisabled: (rule: string) => boolean,
): CarriedRules {
  const { limitNames, rules } = to.compiled
  const users =
    from.ruleSet.limits === to.ruleSet.limits
      ? []
      : rules
          .filter(({ limits }) => limits.length > 0)
          .map((rule) => ({ rule, limits: rule.limits.map((name) => limitNames.indexOf(name)) }))
  const places = limitNames.map((name) => from.compiled.limitNames.indexOf(name))
  return {
    over: carryOver(from, to, change, isDisabled),
    vitals: new VitalsCarrier(from.compiled, to.compiled),
    limits: { places, areInPlace: places.every((place, i) => place === i), users },
  }
}
