import { MillraceRulesError } from '../../errors.ts'
import { didYouMean } from '../../expression/closest-name.ts'
import type { Condition, Silence } from '../../expression/condition.ts'
import { durationMs } from '../../expression/duration.ts'
import type { Expression } from '../../expression/expression.ts'
import { SIGNALS, type Signal } from '../../expression/signals.ts'
import { describe } from '../../schema/problems.ts'
import type { RuleData, RuleSetData } from '../../schema/rule-data.ts'
import { allRules } from '../../schema/table-rules.ts'
import { policiesOf } from '../policies.ts'
import { scopeOf } from '../resolve-rules.ts'
import { conditionSql } from './duckdb-condition.ts'
import { momentsSql } from './duckdb-moments.ts'
import { stepsSql } from './duckdb-steps.ts'
import { valueSql } from './duckdb-value.ts'
import { resolveWhat } from './resolve-what.ts'
import { spokenOf } from './spoken-of.ts'
import { SqlColumns } from './sql-columns.ts'
import { SqlLimits } from './sql-limits.ts'
import { checkSqlOptions, type SqlOptions } from './sql-options.ts'
import { SqlSchedules } from './sql-schedules.ts'
import { sqlName } from './sql-text.ts'

/**
 * A DuckDB query that says of each moment of each patient whether a rule's condition held, by its id, or what a condition or a value of the
 * rule set was worth, by the readings in a table: the same as rules find in a stream of these readings in the order of their times.
 *
 * Its rows are the patient, the time and `value`, one for each patient and time, in no order. The value is true or false, a number in
 * its measure's canonical unit, or a text, and NULL where it is unknown. Where several rows have one time, it is as after the last.
 * What a rule does with its condition (`for`, `clear`, alarms) is no part of it, nor are silences. No extension of DuckDB is needed.
 *
 * @throws RULES_INVALID where the condition or value would be refused in the rule set.
 * @throws RULES_OPTION_INVALID for a wrong option, and the id of no rule.
 * @example
 * ```ts
 * import { parseRules, toSql } from '@millrace/rules'
 *
 * const rules = parseRules(`
 *   alarm falling
 *     when spo2 < 92 % and slope(spo2 over 5m, at least 3) < -1 %/min
 * `)
 * const sql = toSql('falling', rules, { from: "read_parquet('curated/vitals/*.parquet')", nulls: 'blank' })
 * const howOften = `select "patientId", count(*) from (${sql}) where value group by all`
 * howOften.includes('regr_slope') // => true
 * ```
 */
export function toSql(what: string | Condition | Expression, ruleSet: RuleSetData, options: SqlOptions): string {
  checkSqlOptions(options)
  if (typeof what !== 'string') return querySql(what, ruleSet, options)
  const { when, zeros, missing } = ruleOf(what, ruleSet)
  return querySql(when, ruleSet, { ...(zeros && { zeros }), ...(missing && { missing }), ...options })
}

function ruleOf(id: string, ruleSet: RuleSetData): RuleData {
  const rules = allRules(ruleSet)
  const found = rules.find((rule) => rule.id === id)
  if (found !== undefined) return found
  const ids = rules.map((rule) => rule.id)
  throw new MillraceRulesError('RULES_OPTION_INVALID', `there is no rule ${describe(id)}${didYouMean(id, ids)}`)
}

function querySql(what: Condition | Silence | Expression, ruleSet: RuleSetData, options: SqlOptions): string {
  const tree = resolveWhat(what, ruleSet)
  const isValue = 'type' in tree
  const policies = policiesOf(options)
  const spoken = spokenOf(isValue ? { kind: 'known', value: tree } : tree, policies)
  const columns = new SqlColumns(spoken, policies)
  const limits = new SqlLimits(ruleSet, spoken.limits)
  const schedules = new SqlSchedules(ruleSet, spoken.schedules, options.span)
  const usesWard = limits.usesWards || schedules.usesWards || spoken.attributes.includes('ward')
  const { attributes: types } = scopeOf(ruleSet)
  const validForMs = (signal: Signal): number => durationMs(ruleSet.validFor?.[signal]) ?? SIGNALS[signal].validForMs
  const steps = { spokenOf: spoken, columns, limits, types, usesWard, validForMs, holds: policies.missing === 'hold' }
  const tables = [
    ...momentsSql({ ...spoken, types, usesWard }, columns, options),
    ...stepsSql(steps),
    ...schedules.tables,
  ]
  const scope = { columns, validForMs, limits, schedules }
  const value = isValue ? valueSql(tree, scope) : conditionSql(tree, scope)
  const { patientId = 'patientId', time = 'time' } = options.columns ?? {}
  const moment = options.times === 'timestamp' ? 'make_timestamp_ms(known.time)' : 'known.time'
  return `with ${tables.join(',\n')}
select known.patient as ${sqlName(patientId)}, ${moment} as ${sqlName(time)}, ${value} as value
from known${schedules.joins}`
}
