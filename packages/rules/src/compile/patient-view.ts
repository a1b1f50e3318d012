import type { Truth } from './truth.ts'

/** What is known of a patient, as flat numbers: what a compiled condition reads. */
export interface PatientView {
  /** A header that is not the conditions' business, the last annotation of each channel, and the last values of counted signals. See `Layout`. */
  readonly vitals: Float64Array
  /** The limits that hold for this patient, in canonical units, in the order of the rule set's limit names. */
  readonly limits: readonly number[]
}

/** A condition at a moment, no later annotation being known. As time goes on it can only become unknown. */
export type Closure = (view: PatientView, at: number) => Truth
