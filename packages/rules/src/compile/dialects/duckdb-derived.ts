import { sliceOfSql } from '../../expression/functions/baseline.ts'
import { timeInRangeSql } from '../../expression/functions/time-in-range.ts'
import { SQL_OF_READINGS } from '../../expression/functions/window-functions.ts'
import type { ConstantNode, LimitNode, PastNode, WindowNode } from '../../expression/resolved.ts'
import type { Signal } from '../../expression/signals.ts'
import { SLICES } from '../layout.ts'
import type { SqlColumns } from './sql-columns.ts'
import type { SqlLimits } from './sql-limits.ts'
import { finiteSql, INFINITE, NAN, sqlName, sqlNumber } from './sql-text.ts'

/** What the SQL of a channel that is worked out needs to know. */
export interface DerivedScope {
  readonly columns: SqlColumns
  readonly limits: SqlLimits
  readonly holds: boolean
  validForMs(signal: Signal): number
}

/**
 * A channel that is worked out, where its signal is annotated: NaN at a blank, infinite where it is unknown (so that with `hold` no
 * earlier value goes on over it), and NULL where nothing is said of the signal.
 */
export function derivedSql(node: PastNode | WindowNode, scope: DerivedScope): string {
  const signal = scope.columns.signal(node.signal)
  const value = node.kind === 'past' ? pastSql(node, scope) : windowSql(node, scope)
  return `case when ${signal} is null then null when isnan(${signal}) then ${NAN}
    else coalesce(${finiteSql(value)}, ${INFINITE}) end`
}

/** The table of a baseline. */
export function slicesName({ signal, overMs }: WindowNode): string {
  return sqlName(`${signal} by slices of ${overMs / SLICES} ms`)
}

/** How its rows are joined with moments. */
export function slicesJoin(node: WindowNode): string {
  const name = slicesName(node)
  return ` left join ${name} on ${name}.of_patient = seen.patient and ${name}.slice = ${sliceOfSql(node.overMs / SLICES)}`
}

function windowSql(node: WindowNode, scope: DerivedScope): string {
  const { call, overMs, atLeast } = node
  if (call === 'baseline') return `${slicesName(node)}.baseline`
  const value = scope.columns.value(node.signal)
  // Times are whole ms: (t - over, t] begins one ms after its open end.
  const window = byTime(`${overMs - 1} preceding`, 'current row')
  const worth =
    call === 'timeInRange' ? shareSql(node, value, scope) : SQL_OF_READINGS[call]({ value, window, time: 'near' })
  return atLeast === 1 ? `(${worth})` : `case when count(${value}) over ${window} >= ${atLeast} then ${worth} end`
}

function shareSql({ signal, overMs, between }: WindowNode, value: string, scope: DerivedScope): string {
  const { columns, limits } = scope
  const [low, high] = between as readonly [ConstantNode | LimitNode, ConstantNode | LimitNode]
  const names = [low, high].flatMap((end) => (end.kind === 'limit' ? [end.limit] : []))
  const validForMs = scope.validForMs(signal)
  const before = byTime(`${overMs - 1} preceding`, '1 preceding')
  return limits.byWard(names, (limit) => {
    const end = (node: ConstantNode | LimitNode): string =>
      node.kind === 'limit' ? limit(node.limit) : sqlNumber(node.value)
    const held = `case when ${value} is not null then least(${columns.until(signal)} - time, ${validForMs}) end`
    return timeInRangeSql({ value, held, before, low: end(low), high: end(high) })
  })
}

function pastSql({ signal, agoMs }: PastNode, { columns, holds, validForMs }: DerivedScope): string {
  const annotation = holds ? columns.value(signal) : columns.signal(signal)
  const window = byTime('unbounded preceding', `${agoMs} preceding`)
  const since = `max(case when ${annotation} is not null then time end) over ${window}`
  const isInForce = `time - ${agoMs} - ${since} <= ${validForMs(signal)}`
  return `case when ${isInForce} then last_value(${annotation} ignore nulls) over ${window} end`
}

function byTime(from: string, to: string): string {
  return `(partition by patient order by time range between ${from} and ${to})`
}
