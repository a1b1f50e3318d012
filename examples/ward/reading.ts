import type { Reject } from '@millrace/core/connector'

/** The vital signs of the ward, by the names that the rules use, in the unit in which they are kept. */
export const VITALS = {
  heartRate: { unit: '/min', least: 0, most: 300 },
  pulseRate: { unit: '/min', least: 0, most: 300 },
  respiratoryRate: { unit: '/min', least: 0, most: 150 },
  spo2: { unit: '%', least: 0, most: 100 },
  systolic: { unit: 'mm[Hg]', least: 0, most: 350 },
  diastolic: { unit: 'mm[Hg]', least: 0, most: 300 },
  meanArterialPressure: { unit: 'mm[Hg]', least: 0, most: 320 },
  temperature: { unit: 'Cel', least: 20, most: 45 },
} as const

export type Vital = keyof typeof VITALS

export const VITAL_NAMES: readonly Vital[] = Object.keys(VITALS) as Vital[]

/** What a row said of a vital: absent where it said nothing, null where it was blank. In the vital's own unit. */
export type VitalValues = { readonly [V in Vital]?: number | null }

/** One row of a patient, whatever vitals it carries. */
export interface Reading extends VitalValues {
  readonly patientId: string
  readonly ward?: string
  /** When it was measured, as the device says: ms since 1970 UTC. */
  readonly time: number
  /** When it was received; the same as `time` where the row does not say. */
  readonly receivedAt: number
  /** Vitals that came in another unit and were converted. */
  readonly converted: readonly Vital[]
}

/** A reading with the line that it was made from. */
export interface Received {
  readonly reading: Reading
  readonly raw: string
  readonly split: string
  readonly position: string
}

/** A row that is no reading, and why. */
export type RowFault = Pick<Reject, 'code' | 'reason'>
