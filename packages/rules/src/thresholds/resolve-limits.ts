import type { Quantity } from '../expression/quantity.ts'
import { toCanonicalUnit } from '../expression/units.ts'
import { ownOf } from '../schema/own-of.ts'
import type { LimitsData } from '../schema/rule-data.ts'
import type { SignedLimit } from '../schema/signed-limit.ts'

/** Whose limit it is. */
export type LimitSource = 'patient' | 'ward' | 'default'

/** The limits that hold for a patient, in the order of the names that were asked for. */
export interface ResolvedLimits {
  /** In canonical units. */
  readonly values: readonly number[]
  /** As they are written. */
  readonly quantities: readonly Quantity[]
  readonly from: readonly LimitSource[]
  /** Of the patient's own, who gave them, where a change did. */
  readonly signed: readonly (SignedLimit | undefined)[]
}

/**
 * Looks each limit up: the patient's own, else the ward's, else the default.
 *
 * @param signed the patient's own that a change gave: those that hold no more `after` a time are passed over.
 */
export function resolveLimits(
  names: readonly string[],
  limits: LimitsData,
  patientId: string | undefined,
  ward: string | undefined,
  signed: Readonly<Record<string, SignedLimit>> = {},
  after: number = -Infinity,
): ResolvedLimits {
  const tables = [
    ['patient', ownOf(limits.patients, patientId)],
    ['ward', ownOf(limits.wards, ward)],
    ['default', limits.default],
  ] as const
  const found = names.map((name) => {
    const signature = ownOf(signed, name)
    const isOver = (signature?.until ?? Infinity) <= after
    const [from, table] = tables.find(([from, table]) => {
      return ownOf(table, name) !== undefined && !(from === 'patient' && isOver)
    }) as (typeof tables)[number]
    return { from, quantity: ownOf(table, name) as Quantity, signed: from === 'patient' ? signature : undefined }
  })
  return {
    values: found.map(({ quantity }) => toCanonicalUnit(quantity.value, quantity.unit) as number),
    quantities: found.map(({ quantity }) => quantity),
    from: found.map(({ from }) => from),
    signed: found.map((one) => one.signed),
  }
}
