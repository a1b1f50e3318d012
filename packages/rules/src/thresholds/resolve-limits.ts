import type { Quantity } from '../expression/quantity.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import type { LimitsData } from '../schema/rule-data.ts'

/** Whose limit it is. */
export type LimitSource = 'patient' | 'ward' | 'default'

/** The limits that hold for a patient, in the order of the names that were asked for. */
export interface ResolvedLimits {
  /** In canonical units. */
  readonly values: readonly number[]
  /** As they are written. */
  readonly quantities: readonly Quantity[]
  readonly from: readonly LimitSource[]
}

/** Looks each limit up: the patient's own, else the ward's, else the default. */
export function resolveLimits(
  names: readonly string[],
  limits: LimitsData,
  patientId: string | undefined,
  ward: string | undefined,
): ResolvedLimits {
  const tables = [
    ['patient', own(limits.patients, patientId)],
    ['ward', own(limits.wards, ward)],
    ['default', limits.default],
  ] as const
  const found = names.map((name) => {
    const [from, table] = tables.find(([, table]) => own(table, name) !== undefined) as (typeof tables)[number]
    return { from, quantity: own(table, name) as Quantity }
  })
  return {
    values: found.map(({ quantity }) => toCanonicalUnit(quantity.value, quantity.unit) as number),
    quantities: found.map(({ quantity }) => quantity),
    from: found.map(({ from }) => from),
  }
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string | undefined): T | undefined {
  return table !== undefined && name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}
