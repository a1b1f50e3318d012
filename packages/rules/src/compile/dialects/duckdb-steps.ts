import type { AttributeType } from '../../expression/attributes.ts'
import { baselineSql } from '../../expression/functions/baseline.ts'
import type { WindowNode } from '../../expression/resolved.ts'
import { SLICES } from '../layout.ts'
import { LEAST_SLICES } from '../slice-sums.ts'
import { countedSql } from './duckdb-counted.ts'
import { type DerivedScope, derivedSql, slicesJoin, slicesName } from './duckdb-derived.ts'
import type { SpokenOf } from './spoken-of.ts'
import { NAN } from './sql-text.ts'

/** What the steps of a query share. */
export interface StepScope extends DerivedScope {
  readonly spokenOf: SpokenOf
  readonly usesWard: boolean
  readonly types: Readonly<Record<string, AttributeType>>
}

const PATIENT = 'partition by patient order by time'
const SO_FAR = `window so_far as (${PATIENT} rows between unbounded preceding and current row)`

/**
 * The tables from moments to what is known at each of them:
 *
 * ```
 *   moments ─► seen: values without blanks, until when each is in force, the ward and limits of the moment
 *     ─► worked_out: windows and the like, where their signal is annotated ─► known: the last annotation of each channel
 * ```
 */
export function stepsSql(scope: StepScope): string[] {
  const slices = baselinesOf(scope).map((node) => {
    const from = { from: 'seen', value: scope.columns.value(node.signal), sliceMs: node.overMs / SLICES }
    return `${slicesName(node)} as (${baselineSql({ ...from, slices: SLICES, least: LEAST_SLICES })})`
  })
  const { patients } = scope.limits
  return [
    ...(patients === undefined ? [] : [patients]),
    seenSql(scope),
    ...slices,
    workedOutSql(scope),
    knownSql(scope),
  ]
}

function seenSql({ spokenOf, columns, holds, limits, usesWard }: StepScope): string {
  const windows = [...spokenOf.derived.values()].filter((node) => node.kind === 'window')
  const has = (call: WindowNode['call']): boolean => windows.some((node) => node.call === call)
  const later = `(${PATIENT} rows between 1 following and unbounded following)`
  const added = spokenOf.signals.flatMap((signal) => {
    const value = `nullif(${columns.signal(signal)}, ${NAN})`
    const ending = holds ? value : columns.signal(signal)
    const until = `min(case when ${ending} is not null then time end) over ${later} as ${columns.until(signal)}`
    return [
      `${value} as ${columns.value(signal)}`,
      ...(has('timeInRange') ? [until] : []),
      ...(spokenOf.counted.length > 0 ? [`count(${value}) over so_far as ${columns.nth(signal)}`] : []),
    ]
  })
  const near = has('slope') ? ['(time - min(time) over (partition by patient))::double as near'] : []
  const ward = usesWard ? ['last_value("moved to" ignore nulls) over so_far as ward'] : []
  const own = limits.patients === undefined ? '' : ' left join own_limits using (patient)'
  return `seen as (select ${['*', ...added, ...near, ...ward].join(', ')} from moments${own} ${SO_FAR})`
}

function workedOutSql(scope: StepScope): string {
  const { spokenOf, columns, limits } = scope
  const derived = [...spokenOf.derived.values()].map((node) => `${derivedSql(node, scope)} as ${columns.derived(node)}`)
  const counted = spokenOf.counted.map((node) => `${countedSql(node, columns, limits)} as ${columns.counted(node)}`)
  const joins = baselinesOf(scope).map(slicesJoin).join('')
  return `worked_out as (select ${['seen.*', ...derived, ...counted].join(', ')} from seen${joins})`
}

function knownSql({ spokenOf, columns, holds, usesWard, limits, types }: StepScope): string {
  const last = (column: string): string => `last_value(${column} ignore nulls) over so_far`
  const channel = (column: string): string => {
    return `${last(holds ? `nullif(${column}, ${NAN})` : column)} as ${column}`
  }
  const signals = spokenOf.signals.flatMap((signal) => {
    const annotation = holds ? columns.value(signal) : columns.signal(signal)
    const since = `max(case when ${annotation} is not null then time end) over so_far as ${columns.since(signal)}`
    return [channel(columns.signal(signal)), since]
  })
  const attributes = spokenOf.attributes
    .filter((name) => name !== 'ward')
    .map((name) => {
      const column = columns.attribute(name)
      return `${types[name] === 'text' ? `(${last(column)})[1]` : last(column)} as ${column}`
    })
  const all = [
    'patient',
    'time',
    ...(usesWard ? ['ward'] : []),
    ...limits.ownColumns,
    ...signals,
    ...[...spokenOf.derived.values()].map((node) => channel(columns.derived(node))),
    ...attributes,
    ...spokenOf.counted.flatMap((node) => [columns.counted(node), columns.nth(node.value.signal)]),
  ]
  return `known as (select ${[...new Set(all)].join(', ')} from worked_out ${SO_FAR})`
}

function baselinesOf({ spokenOf }: StepScope): WindowNode[] {
  return [...spokenOf.derived.values()]
    .filter((node) => node.kind === 'window')
    .filter(({ call }) => call === 'baseline')
}
