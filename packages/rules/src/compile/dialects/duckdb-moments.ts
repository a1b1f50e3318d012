import type { AttributeType } from '../../expression/attributes.ts'
import { SIGNALS, type Signal } from '../../expression/signals.ts'
import { canonicalValueSql, unitTerm } from '../../expression/unit-term.ts'
import { toCanonicalUnitSql } from '../../expression/units.ts'
import type { SqlColumns } from './sql-columns.ts'
import type { SqlOptions } from './sql-options.ts'
import { NAN, sqlName, sqlText } from './sql-text.ts'

/** What is read out of a table of readings. */
export interface ReadFromTable {
  readonly signals: readonly Signal[]
  readonly attributes: readonly string[]
  readonly types: Readonly<Record<string, AttributeType>>
  readonly usesWard: boolean
}

/**
 * Two tables: `readings`, in canonical units, where NaN is a blank and NULL says nothing (a text is the one entry of a list, so that an
 * unknown one is apart from none); and `moments`, one row a patient and time, where the last reading counts that speaks of a thing.
 */
export function momentsSql(read: ReadFromTable, columns: SqlColumns, options: SqlOptions): string[] {
  const named = [
    ...read.signals.map((signal) => [columns.signal(signal), signalSql(signal, options)] as const),
    ...read.attributes
      .filter((name) => name !== 'ward')
      .map((name) => [columns.attribute(name), attributeSql(name, read.types[name] as string, options)] as const),
    ...(read.usesWard ? [['"moved to"', `${sqlName(options.columns?.ward ?? 'ward')}::varchar`] as const] : []),
  ]
  const { patientId = 'patientId', time = 'time', order } = options.columns ?? {}
  const timeSql = options.times === 'timestamp' ? `epoch_ms(${sqlName(time)})` : `${sqlName(time)}::bigint`
  const readings = [
    `${sqlName(patientId)}::varchar as patient`,
    `${timeSql} as time`,
    ...(order === undefined ? [] : [`${sqlName(order)} as nth`]),
    ...named.map(([name, sql]) => `${sql} as ${name}`),
  ]
  const moments = named.map(([name]) => `${lastSql(name, order !== undefined)} as ${name}`)
  return [
    `readings as (select ${readings.join(', ')} from ${options.from})`,
    `moments as (select ${['patient', 'time', ...moments].join(', ')} from readings group by patient, time)`,
  ]
}

const AMBIGUOUS = 'two rows of one patient and time speak of the same: say by which column they are ordered'

function lastSql(name: string, isOrdered: boolean): string {
  if (isOrdered) return `last(${name} order by nth) filter (where ${name} is not null)`
  return `case when count(${name}) > 1 then error(${sqlText(AMBIGUOUS)}) else any_value(${name}) end`
}

function signalSql(signal: Signal, options: SqlOptions): string {
  const { units = {}, columns = {}, zeros } = options
  const raw = `${sqlName(columns[signal] ?? signal)}::double`
  const value = toCanonicalUnitSql(raw, units[signal] ?? SIGNALS[signal].unit)
  const isBlank = `not isfinite(${raw})${zeros === 'no-signal' ? ` or ${value} = 0` : ''}`
  return spokenSql(signal, raw, `case when ${raw} is null or ${isBlank} then ${NAN} else ${value} end`, options)
}

function attributeSql(name: string, type: AttributeType, options: SqlOptions): string {
  const column = sqlName(options.attributes?.[name] ?? name)
  if (type === 'text') return spokenSql(name, column, `[${column}::varchar]`, options)
  const raw = `${column}::double`
  // Whoever is 40 years and 9 months old is 40 years old.
  const counted = name === 'age' && type === 'a' ? `floor(${raw})` : raw
  const unit = type === 'number' ? '1' : type
  const value = canonicalValueSql(counted, unit, unitTerm(unit)?.measure.isPoint === true)
  return spokenSql(name, raw, `case when isfinite(${raw}) then ${value} else ${NAN} end`, options)
}

/** NULL where the row says nothing of the name. */
function spokenSql(name: string, raw: string, spoken: string, { nulls }: SqlOptions): string {
  if (nulls === 'blank') return spoken
  const speaks =
    nulls === 'not-spoken-of' ? `${raw} is not null` : `list_contains(${sqlName(nulls.spokenIn)}, ${sqlText(name)})`
  return `case when ${speaks} then ${spoken} end`
}
