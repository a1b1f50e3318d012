import { type AttributeType, BUILT_IN_ATTRIBUTES } from '../expression/attributes.ts'
import { didYouMean } from '../expression/closest-name.ts'
import { equalMeasures, type Measure, NUMBER } from '../expression/measure.ts'
import { measureOf } from '../expression/resolve-expression.ts'
import { SIGNAL_NAMES, type Signal } from '../expression/signals.ts'
import { canonicalValue, unitTerm } from '../expression/unit-term.ts'
import type { BandTable, TableRow } from './band-table.ts'
import { type Band, checkBands, checkGroups } from './bands.ts'
import { checkExpression } from './parse-expression.ts'
import { checkSignal } from './parse-signal.ts'
import { at, describe, type Problems } from './problems.ts'
import { PRIORITIES } from './rule-data.ts'

const MOST_TABLES = 1_000
const MOST_ROWS = 10_000
const ID = /^[A-Za-z0-9][\w.-]{0,49}$/

type Fields = Readonly<Record<string, unknown>>

/** A row as it was given, with its bands in canonical units. */
export interface GivenRow {
  readonly path: string
  readonly row: TableRow
  readonly group: Band
  readonly value: Band
}

/**
 * The band tables of a set, in canonical form. Rows may give their upper ends (`to`, which belong to them): then values that
 * belong to no row are mistakes, each named, unless the table is `continuous`, where a value between two rows belongs to the one
 * with the greatest lower end at or below it.
 */
export function checkTables(
  value: unknown,
  attributes: Readonly<Record<string, AttributeType>>,
  problems: Problems,
): BandTable[] {
  const array = value === undefined ? [] : (problems.array(value, 'tables') ?? [])
  if (array.length > MOST_TABLES) {
    problems.add('tables', 'RULES_COUNT_INVALID', `at most ${MOST_TABLES} tables, got ${array.length}`)
  }
  const ids = new Set<string>()
  return array.slice(0, MOST_TABLES).flatMap((item, i) => {
    const path = at('tables', i)
    const table = checkTable(item, path, { ...BUILT_IN_ATTRIBUTES, ...attributes }, problems)
    if (table === undefined) return []
    if (ids.has(table.id)) {
      problems.add(at(path, 'id'), 'RULES_ID_DUPLICATE', `${describe(table.id)} is the id of a table already`)
    }
    ids.add(table.id)
    return [table]
  })
}

function checkTable(
  value: unknown,
  path: string,
  attributes: Readonly<Record<string, AttributeType>>,
  problems: Problems,
): BandTable | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['id', 'by', 'continuous', 'rows'], path)
  const { id, by, continuous = false } = object
  if (typeof id !== 'string' || !ID.test(id)) {
    problems.add(at(path, 'id'), 'RULES_ID_INVALID', `${describe(id)} is no id of a table`)
  }
  if (typeof continuous !== 'boolean') {
    const needed = `true or false is needed, got ${describe(continuous)}`
    problems.add(at(path, 'continuous'), 'RULES_TYPE_INVALID', needed)
  }
  const measure = measureOfAttribute(by, attributes, at(path, 'by'), problems)
  const before = problems.list.length
  const rows = checkRows(object.rows, at(path, 'rows'), measure, problems)
  if (measure === undefined || typeof id !== 'string') return undefined
  // What a row says wrongly would be a hole as well.
  if (problems.list.length > before) return { id, by: by as string, rows: [] }
  const canonical = SIGNAL_NAMES.flatMap((signal) => {
    const of = rows.filter(({ row }) => row.signal === signal)
    return rowsOfSignal(of, { by: by as string, continuous: continuous === true }, problems)
  })
  return { id, by: by as string, rows: canonical }
}

/** The rows of one signal: each group by itself, and the groups beside each other. */
function rowsOfSignal(
  given: readonly GivenRow[],
  table: { readonly by: string; readonly continuous: boolean },
  problems: Problems,
): TableRow[] {
  const groups = checkGroups(given, table, problems)
  return groups.flatMap((group, g) => {
    // Rows of one group may give its end in several units: it is written in one.
    const low = group[0]?.group.from
    return checkBands(group, table, problems).map(({ row: { id, signal, priority, because }, value }, i) => ({
      id,
      signal,
      ...(g > 0 && low !== undefined && { by: low.quantity }),
      ...(i > 0 && value.from !== undefined && { from: value.from.quantity }),
      ...(priority !== undefined && { priority }),
      ...(because !== undefined && { because }),
    }))
  })
}

function measureOfAttribute(
  by: unknown,
  attributes: Readonly<Record<string, AttributeType>>,
  path: string,
  problems: Problems,
): Measure | undefined {
  if (typeof by !== 'string' || !Object.hasOwn(attributes, by)) {
    const hint = typeof by === 'string' ? didYouMean(by, Object.keys(attributes)) : ''
    return problems.add(path, 'RULES_ATTRIBUTE_UNKNOWN', `${describe(by)} is no attribute that is declared${hint}`)
  }
  const type = attributes[by] as AttributeType
  if (type === 'number') return NUMBER
  if (type !== 'text') return unitTerm(type)?.measure
  return problems.add(path, 'RULES_TYPE_MISMATCH', `${describe(by)} is a text, and has no bands`)
}

function checkRows(value: unknown, path: string, by: Measure | undefined, problems: Problems): GivenRow[] {
  const array = problems.array(value, path) ?? []
  if (array.length === 0 || array.length > MOST_ROWS) {
    problems.add(path, 'RULES_COUNT_INVALID', `a table has 1 to ${MOST_ROWS} rows, got ${array.length}`)
  }
  const ids = new Set<string>()
  return array.slice(0, MOST_ROWS).flatMap((item, i) => {
    const row = checkRow(item, at(path, i), by, problems)
    if (row === undefined) return []
    const { id } = row.row
    if (ids.has(id))
      problems.add(at(at(path, i), 'id'), 'RULES_ID_DUPLICATE', `${describe(id)} is the id of a row already`)
    ids.add(id)
    return [row]
  })
}

function checkRow(value: unknown, path: string, by: Measure | undefined, problems: Problems): GivenRow | undefined {
  const object = problems.object(value, path)
  if (object === undefined) return undefined
  problems.unknownFields(object, ['id', 'signal', 'by', 'from', 'to', 'priority', 'because'], path)
  const { id, priority, because } = object
  if (typeof id !== 'string' || !ID.test(id)) {
    problems.add(at(path, 'id'), 'RULES_ID_INVALID', `${describe(id)} is no id of a row`)
  }
  const urgent = priority === undefined ? undefined : problems.choice(priority, PRIORITIES, at(path, 'priority'))
  if (because !== undefined && typeof because !== 'string') {
    problems.add(at(path, 'because'), 'RULES_TYPE_INVALID', `a text is needed, got ${describe(because)}`)
  }
  const signal = checkSignal(object.signal, at(path, 'signal'), problems)
  if (signal === undefined || by === undefined || typeof id !== 'string') return undefined
  const group = groupOf(object.by, at(path, 'by'), by, problems)
  const band = bandOf(object, path, measureOf(signal), problems)
  const row = {
    id,
    signal: signal as Signal,
    ...(urgent !== undefined && { priority: urgent }),
    ...(typeof because === 'string' && { because }),
  }
  return group && band && { path, row, group, value: band }
}

/** `{ from, to }`, or the lower end alone. */
function groupOf(value: unknown, path: string, by: Measure, problems: Problems): Band | undefined {
  if (value === undefined) return {}
  const isBand = typeof value === 'object' && value !== null && !('value' in value)
  if (isBand) problems.unknownFields(value as Fields, ['from', 'to'], path)
  return bandOf(
    isBand ? (value as Fields) : { from: value },
    isBand ? path : '',
    by,
    problems,
    isBand ? undefined : path,
  )
}

function bandOf(
  { from, to }: Fields,
  path: string,
  measure: Measure,
  problems: Problems,
  own?: string,
): Band | undefined {
  const before = problems.list.length
  const ends = {
    from: endOf(from, own ?? at(path, 'from'), measure, problems),
    to: endOf(to, at(path, 'to'), measure, problems),
  }
  if (problems.list.length > before) return undefined
  if (ends.from !== undefined && ends.to !== undefined && ends.from.value > ends.to.value) {
    return problems.add(path, 'RULES_RANGE_EMPTY', 'the lower end is above the upper end')
  }
  return { ...(ends.from && { from: ends.from }), ...(ends.to && { to: ends.to }) }
}

function endOf(value: unknown, path: string, measure: Measure, problems: Problems): Band['from'] {
  if (value === undefined) return undefined
  const quantity = checkExpression(value, path, problems)
  if (quantity === undefined) return undefined
  if (!('value' in quantity)) return problems.add(path, 'RULES_EXPRESSION_INVALID', 'an end of a band is a quantity')
  const term = unitTerm(quantity.unit)
  if (term === undefined) return problems.add(path, 'RULES_UNIT_UNKNOWN', `unknown unit ${describe(quantity.unit)}`)
  if (!equalMeasures(term.measure, measure)) {
    return problems.add(path, 'RULES_UNIT_MISMATCH', `${describe(quantity.unit)} measures something else`)
  }
  return { quantity, value: canonicalValue(quantity.value, quantity.unit, measure.isPoint) as number }
}
