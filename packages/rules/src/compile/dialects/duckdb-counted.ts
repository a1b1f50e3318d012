import type { ConstantNode, LimitNode } from '../../expression/resolved.ts'
import type { CountedNode } from './counted-node.ts'
import { comparisonSql } from './duckdb-condition.ts'
import type { SqlColumns } from './sql-columns.ts'
import type { SqlLimits } from './sql-limits.ts'
import { sqlNumber } from './sql-text.ts'

/** How many of the last readings with a value satisfy the comparison, by the limits of the row's own moment. */
export function countedSql(node: CountedNode, columns: SqlColumns, limits: SqlLimits): string {
  const { signal } = node.value
  const value = columns.value(signal)
  const names = node.relations.flatMap(([, operand]) => (operand.kind === 'limit' ? [operand.limit] : []))
  // What has no value has the number of the last one that has: it stands in the window, and counts as nothing.
  const last = `(partition by patient order by ${columns.nth(signal)} range between ${node.counted.of - 1} preceding and current row)`
  return limits.byWard(names, (limit) => {
    const test = comparisonSql(node, value, (operand) => {
      // `k of n` is said of a signal alone, held against quantities and limits.
      const end = operand as ConstantNode | LimitNode
      return end.kind === 'limit' ? limit(end.limit) : sqlNumber(end.value)
    })
    return `count(${value}) filter (where ${test}) over ${last}`
  })
}
