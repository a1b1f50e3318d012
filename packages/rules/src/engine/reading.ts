import type { RulesErrorCode } from '../errors.ts'
import { SIGNAL_NAMES, SIGNALS, type Signal } from '../expression/signals.ts'
import { dimensionOf, toCanonicalUnit } from '../expression/units.ts'

/**
 * A vital sign in a reading: a number in the signal's own unit (`/min`, `%`, `mm[Hg]`, `Cel`), or with its UCUM unit. Null,
 * NaN and the empty text are a blank: from here on the signal is unknown.
 */
export type VitalValue = number | null | '' | { readonly value: number | null | ''; readonly unit: string }

/** A text, or a number in the attribute's own unit or with its UCUM unit; null where it is unknown. */
export type AttributeValue = string | number | null | { readonly value: number | null; readonly unit: string }

/** One row of what was measured on a patient. A signal that is absent (`undefined`) is not spoken of. */
export type Reading = {
  readonly patientId: string
  /** Event time in ms since 1970 UTC. */
  readonly time: number
  /** Where the patient lies, for the limits of the ward; absent, the patient is still where the last reading said. */
  readonly ward?: string | null | undefined
  /**
   * What is known of the patient otherwise, by the names that rules use: `age` in whole years, `pathway`, ... What is absent is
   * as the last reading said; null is unknown from here on.
   */
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>> | undefined
} & { readonly [S in Signal]?: VitalValue | undefined }

/** A reading, or one value of it, that no rule could use. Holds no value. */
export interface RejectedReading {
  readonly patientId: string
  /** The reading's event time; null where that is what was wrong. */
  readonly time: number | null
  /** Null where the whole reading was rejected, or an attribute. */
  readonly signal: Signal | null
  /** The name of the attribute that was rejected. */
  readonly attribute?: string
  readonly code: RejectCode
}

export type RejectCode = RulesErrorCode & `READING_${string}`

/** Reads each signal of a reading, by number: one function a signal, so that each keeps its own inline cache. */
export const READERS: readonly ((reading: Reading) => VitalValue | undefined)[] = SIGNAL_NAMES.map(readerOf)

/** A value in its signal's own unit, NaN for a blank, or why it is rejected. Units are never guessed. */
export function decodeValue(value: VitalValue, signal: number): number | RejectCode {
  if (typeof value === 'number') return Math.abs(value) === Infinity ? 'READING_VALUE_INVALID' : value
  if (value === null || value === '') return Number.NaN
  if (typeof value !== 'object') return 'READING_VALUE_INVALID'
  const { value: number, unit } = value
  if (number === null || number === '') return Number.NaN
  if (typeof number !== 'number' || typeof unit !== 'string') return 'READING_VALUE_INVALID'
  const dimension = dimensionOf(unit)
  if (dimension === undefined) return 'READING_UNIT_UNKNOWN'
  if (dimension !== SIGNALS[SIGNAL_NAMES[signal] as Signal].dimension) return 'READING_UNIT_MISMATCH'
  return Math.abs(number) === Infinity ? 'READING_VALUE_INVALID' : (toCanonicalUnit(number, unit) as number)
}

function readerOf(signal: Signal): (reading: Reading) => VitalValue | undefined {
  switch (signal) {
    case 'heartRate':
      return (reading) => reading.heartRate
    case 'pulseRate':
      return (reading) => reading.pulseRate
    case 'respiratoryRate':
      return (reading) => reading.respiratoryRate
    case 'spo2':
      return (reading) => reading.spo2
    case 'systolic':
      return (reading) => reading.systolic
    case 'diastolic':
      return (reading) => reading.diastolic
    case 'meanArterialPressure':
      return (reading) => reading.meanArterialPressure
    case 'temperature':
      return (reading) => reading.temperature
  }
}
