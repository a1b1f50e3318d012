import { type CompiledRuleSet, compileRuleSet } from '../src/compile/compile-rule-set.ts'
import type { PatientView } from '../src/compile/patient-view.ts'
import { TRUE, UNKNOWN } from '../src/compile/truth.ts'
import { evaluateCompiled } from '../src/engine/evaluate-rules.ts'
import { limitTables } from '../src/engine/patient-limits.ts'
import { HEADER_LENGTH } from '../src/engine/patient-state.ts'
import { ruleIndex } from '../src/engine/rule-index.ts'
import type { Reading, RuleSet } from '../src/index.ts'
import { Driver } from './driver.ts'

/** What a rule is asked for: whether its condition holds, or the first value that it compares. */
type Ask<T> = (rule: CompiledRuleSet['rules'][number], view: PatientView, at: number, compiled: CompiledRuleSet) => T

/** What each rule of a set is worth after each reading of one patient, as the engine's own closures find it in the engine's own state. */
export function closureWorths<T>(ruleSet: RuleSet, readings: readonly Reading[], ask: Ask<T>): T[][] {
  const compiled = compileRuleSet(ruleSet, HEADER_LENGTH)
  const { limits } = ruleSet
  const tables = limitTables({
    limits,
    signed: {},
    names: compiled.limitNames,
    following: ruleIndex(compiled).following,
  })
  const driver = new Driver(() => evaluateCompiled(ruleSet, compiled))
  const worths: T[][] = ruleSet.rules.map(() => [])
  for (const reading of readings) {
    driver.read(reading)
    const { patientId, time } = reading
    const { ward } = (driver.stateOf(patientId, 'texts') ?? {}) as { ward?: string }
    const { values } = tables.limitsAt(tables.of(patientId, ward))
    const view = { vitals: driver.stateOf(patientId, 'vitals') as Float64Array, limits: values }
    for (const rule of compiled.rules) worths[rule.index]?.push(ask(rule, view, time, compiled))
  }
  return worths
}

/** Whether its condition holds; null where that is unknown. */
export const truthOf: Ask<boolean | null> = ({ raise }, view, at) => {
  const truth = raise.holds(view, at)
  return truth === UNKNOWN ? null : truth === TRUE
}
