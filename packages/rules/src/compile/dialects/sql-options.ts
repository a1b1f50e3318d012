import { MillraceRulesError } from '../../errors.ts'
import { isSignal, SIGNALS, type Signal } from '../../expression/signals.ts'
import { dimensionOf } from '../../expression/units.ts'
import { describe } from '../../schema/problems.ts'
import { MISSING_POLICIES, type MissingPolicy, ZEROS_POLICIES, type ZerosPolicy } from '../../schema/rule-data.ts'

/** How readings lie in a table. */
export interface SqlOptions {
  /** A table's name in SQL, or a query in parentheses: one row a reading. */
  readonly from: string
  /**
   * What a NULL says of a signal or an attribute: `blank`, that it is unknown from here on; `not-spoken-of`, nothing, and a NaN is
   * a blank; or the name of a column of type VARCHAR[] with the names that the row speaks of. In every case NaN and what is
   * infinite are blanks, and a ward that is NULL is still the last one.
   */
  readonly nulls: 'blank' | 'not-spoken-of' | { readonly spokenIn: string }
  /**
   * The columns of the patient's id, the time, the ward and each signal, where they are not called `patientId`, `time`, `ward` and as
   * the signal; and the column that tells the order of a patient's rows of one time, of which the last one counts.
   */
  readonly columns?: Readonly<Partial<Record<Signal | 'patientId' | 'time' | 'ward' | 'order', string>>>
  /** The columns of attributes, where they are not called as the attribute; each in the attribute's own unit. */
  readonly attributes?: Readonly<Record<string, string>>
  /** The UCUM units of signals' columns, where they are not the signals' own (`/min`, `%`, `mm[Hg]`, `Cel`). */
  readonly units?: Readonly<Partial<Record<Signal, string>>>
  /** Whether times are whole ms since 1970 UTC, or a TIMESTAMP in UTC. By default `ms`. */
  readonly times?: 'ms' | 'timestamp'
  /** By default as the rule says that is asked for; else `value`. */
  readonly zeros?: ZerosPolicy
  /** By default as the rule says that is asked for; else `break`. */
  readonly missing?: MissingPolicy
  /**
   * The time that schedules are written out for, `[from, to)` in ms since 1970 UTC: needed where the condition speaks of one.
   * A moment outside of it fails the query.
   */
  readonly span?: readonly [number, number]
}

/** @throws RULES_OPTION_INVALID */
export function checkSqlOptions(options: SqlOptions): void {
  const { from, nulls, columns = {}, attributes = {}, units = {}, times = 'ms' } = options
  const { zeros = 'value', missing = 'break', span = [0, 1] } = options
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  check(isText(from), 'from', 'a table or a query in parentheses', from)
  const isNulls = nulls === 'blank' || nulls === 'not-spoken-of' || isText(Object(nulls).spokenIn)
  check(isNulls, 'nulls', 'blank, not-spoken-of or { spokenIn: a column }', nulls)
  for (const [name, column] of Object.entries(columns)) {
    const isKnown = isSignal(name) || ['patientId', 'time', 'ward', 'order'].includes(name)
    check(isKnown, 'columns', 'patientId, time, ward, order and signals', name)
    check(isText(column), `columns.${name}`, 'a name of a column', column)
  }
  for (const [name, column] of Object.entries(attributes)) {
    check(isText(column), `attributes.${name}`, 'a name of a column', column)
  }
  for (const [name, unit] of Object.entries(units)) {
    check(isSignal(name), 'units', 'signals', name)
    const isUnit = dimensionOf(unit) === SIGNALS[name as Signal].dimension
    check(isUnit, `units.${name}`, 'a unit of the signal', unit)
  }
  check(times === 'ms' || times === 'timestamp', 'times', 'ms or timestamp', times)
  check(ZEROS_POLICIES.includes(zeros), 'zeros', ZEROS_POLICIES.join(' or '), zeros)
  check(MISSING_POLICIES.includes(missing), 'missing', MISSING_POLICIES.join(' or '), missing)
  const isSpan = Array.isArray(span) && span.length === 2 && span.every(Number.isSafeInteger) && span[0] < span[1]
  check(isSpan, 'span', 'two whole numbers of ms, the lower first', span)
}

function check(isRight: boolean, option: string, needed: string, got: unknown): void {
  if (isRight) return
  throw new MillraceRulesError('RULES_OPTION_INVALID', `${option} needs ${needed}, got ${describe(got)}`)
}
