import type { CompareNode, Resolved, ResolvedCondition } from '../../expression/resolved.ts'
import { isCountedNode } from './counted-node.ts'
import { type ValueScope, valueSql } from './duckdb-value.ts'
import type { SqlSchedules } from './sql-schedules.ts'

/** Where the SQL of a condition finds what it speaks of. */
export interface ConditionScope extends ValueScope {
  readonly schedules: SqlSchedules
}

/** A condition at the moment of a row, as `toClosure` makes it: true, false, or NULL where it is unknown. */
export function conditionSql(condition: ResolvedCondition, scope: ConditionScope): string {
  switch (condition.kind) {
    case 'compare': {
      const operand = (node: Resolved): string => valueSql(node, scope)
      if (!isCountedNode(condition)) return comparisonSql(condition, operand(condition.value), operand)
      const { count, of } = condition.counted
      const satisfied = scope.columns.counted(condition)
      const seen = `least(${scope.columns.nth(condition.value.signal)}, ${of})`
      // What has not been read yet may still turn out either way.
      return `(case when ${operand(condition.value)} is null then null when ${satisfied} >= ${count} then true
        when ${seen} - ${satisfied} > ${of - count} then false end)`
    }
    case 'known':
      return `(${valueSql(condition.value, scope)} is not null)`
    case 'during':
      return scope.schedules.holds(condition.schedule)
    case 'not':
      return `(not ${conditionSql(condition.part, scope)})`
    case 'and':
    case 'or':
      return `(${condition.parts.map((part) => conditionSql(part, scope)).join(` ${condition.kind} `)})`
    case 'atLeastOf': {
      // With false below unknown below true, so many hold where the one in that place from the top does.
      const truths = condition.parts.map((part) => `coalesce(${conditionSql(part, scope)}::integer * 2, 1)`)
      return `(case list_reverse_sort([${truths.join(', ')}])[${condition.count}] when 2 then true when 0 then false end)`
    }
  }
}

/** A value held against others; it is written once. */
export function comparisonSql(
  { all, relations }: CompareNode,
  value: string,
  operand: (node: Resolved) => string,
): string {
  const words = relations.map(([relation]) => relation).join(' ')
  const operands = relations.map(([, node]) => operand(node))
  const [low, high] = operands
  if (all && words === '>= <=') return `(${value} between ${low} and ${high})`
  if (!all && words === '< >') return `(${value} not between ${low} and ${high})`
  if (!all && relations.every(([relation]) => relation === '=')) return `(${value} in (${operands.join(', ')}))`
  const parts = relations.map(([relation], i) => `${value} ${relation} ${operands[i]}`)
  return `(${parts.join(all ? ' and ' : ' or ')})`
}
