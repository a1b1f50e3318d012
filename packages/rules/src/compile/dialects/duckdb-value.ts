import type { Resolved } from '../../expression/resolved.ts'
import type { Signal } from '../../expression/signals.ts'
import type { ChannelNode } from '../to-number.ts'
import type { SqlColumns } from './sql-columns.ts'
import type { SqlLimits } from './sql-limits.ts'
import { finiteSql, NAN, sqlNumber, sqlText } from './sql-text.ts'

/** Where the SQL of a value finds what it speaks of, in a row of what is known at a moment. */
export interface ValueScope {
  readonly columns: SqlColumns
  readonly limits: SqlLimits
  /** How long a signal's value holds. */
  validForMs(signal: Signal): number
}

/** A value at the moment of a row, as `toNumber` makes it of a patient's numbers; NULL where it is unknown. Names each part once. */
export function valueSql(node: Resolved, scope: ValueScope): string {
  switch (node.kind) {
    case 'constant':
      return sqlNumber(node.value)
    case 'text':
      return sqlText(node.text)
    case 'limit':
      return scope.limits.at(node.limit)
    case 'signal':
    case 'past':
    case 'window':
    case 'attribute':
      return channelSql(node, scope)
    case 'scalar': {
      const args = node.args.map((arg) => valueSql(arg, scope))
      if (node.call === 'abs') return `abs(${args[0]})`
      // SQL passes over what is unknown: here one unknown value makes all of them so.
      const unknown = node.call === 'least' ? "'-inf'::double" : "'inf'::double"
      return `nullif(${node.call}(${args.map((arg) => `coalesce(${arg}, ${unknown})`).join(', ')}), ${unknown})`
    }
    case 'arithmetic':
      return finiteSql(`(${valueSql(node.left, scope)} ${node.op} ${valueSql(node.right, scope)})`)
  }
}

/** A signal's value in force, or what is worked out from it. */
function channelSql(node: ChannelNode, scope: ValueScope): string {
  const column = scope.columns.of(node)
  if (node.kind === 'attribute') return node.type === 'text' ? column : `nullif(${column}, ${NAN})`
  const own = scope.validForMs(node.signal)
  const validForMs = node.kind === 'signal' ? Math.min(node.withinMs ?? Infinity, own) : own
  return `case when time - ${scope.columns.since(node.signal)} <= ${validForMs} then ${finiteSql(column)} end`
}
