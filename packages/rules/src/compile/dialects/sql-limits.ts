import type { Quantity } from '../../expression/quantity.ts'
import { toCanonicalUnit } from '../../expression/units.ts'
import type { LimitTable, RuleSetData } from '../../schema/rule-data.ts'
import { sqlName, sqlNumber, sqlText } from './sql-text.ts'

/** A limit in SQL, by its name. */
type LimitSql = (name: string) => string

/** The limits that a query speaks of: the patient's own, else those of the ward, else the defaults. */
export class SqlLimits {
  readonly #names: readonly string[]
  readonly #defaults: LimitTable
  /** Those that have a limit of these names. */
  readonly #wards: readonly (readonly [string, LimitTable])[]
  readonly #patients: readonly (readonly [string, LimitTable])[]

  constructor({ limits }: RuleSetData, names: readonly string[]) {
    const isOfThese = ([, table]: readonly [string, LimitTable]): boolean =>
      names.some((name) => Object.hasOwn(table, name))
    this.#names = names
    this.#defaults = limits?.default ?? {}
    this.#wards = Object.entries(limits?.wards ?? {}).filter(isOfThese)
    this.#patients = Object.entries(limits?.patients ?? {}).filter(isOfThese)
  }

  get usesWards(): boolean {
    return this.#wards.length > 0
  }

  /** A table of the patients' own limits, to be joined by `patient`; `undefined` where there are none. */
  get patients(): string | undefined {
    if (this.#patients.length === 0) return undefined
    const rows = this.#patients.map(([patient, table]) => {
      return `(${[sqlText(patient), ...this.#names.map((name) => ownSql(table, name) ?? 'null::double')].join(', ')})`
    })
    return `own_limits(patient, ${this.ownColumns.join(', ')}) as (values ${rows.join(', ')})`
  }

  /** The columns of that table. */
  get ownColumns(): string[] {
    return this.#patients.length === 0 ? [] : this.#names.map((name) => this.#ownName(name))
  }

  /** A limit as it is at the moment of a row, where the ward is the column `ward`. */
  at(name: string): string {
    const wards = this.#wards.filter(([, table]) => Object.hasOwn(table, name))
    const byDefault = ownSql(this.#defaults, name) as string
    const cases = wards.map(([ward, table]) => `when ${sqlText(ward)} then ${ownSql(table, name)}`)
    return this.#orOwn(name, cases.length === 0 ? byDefault : `case ward ${cases.join(' ')} else ${byDefault} end`)
  }

  /** What looks back over rows and holds them against limits as they are now: for each ward by itself, and one is chosen. */
  byWard(names: readonly string[], make: (limit: LimitSql) => string): string {
    const wards = this.#wards.filter(([, table]) => names.some((name) => Object.hasOwn(table, name)))
    const byDefault = make((name) => this.#orOwn(name, ownSql(this.#defaults, name) as string))
    if (wards.length === 0) return byDefault
    const cases = wards.map(([ward, table]) => {
      const of = make((name) => this.#orOwn(name, ownSql(table, name) ?? (ownSql(this.#defaults, name) as string)))
      return `when ${sqlText(ward)} then ${of}`
    })
    return `case ward ${cases.join(' ')} else ${byDefault} end`
  }

  /** By number: SQL tells no upper from lower case in names. */
  #ownName(name: string): string {
    return sqlName(`own limit ${this.#names.indexOf(name) + 1}`)
  }

  #orOwn(name: string, otherwise: string): string {
    const isOwn = this.#patients.some(([, table]) => Object.hasOwn(table, name))
    return isOwn ? `coalesce(${this.#ownName(name)}, ${otherwise})` : otherwise
  }
}

function ownSql(table: LimitTable, name: string): string | undefined {
  if (!Object.hasOwn(table, name)) return undefined
  const { value, unit } = table[name] as Quantity
  return sqlNumber(toCanonicalUnit(value, unit) as number)
}
