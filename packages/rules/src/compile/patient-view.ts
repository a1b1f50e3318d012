import type { Truth } from './truth.ts'

/** What is known of a patient, as flat numbers: what a compiled condition reads. */
export interface PatientView {
  /** The last annotation of each signal, and a header that is not the conditions' business. See `Layout`. */
  readonly vitals: readonly number[]
  /** The last values of signals that some rule counts: a length, then the values, the newest last. */
  readonly windows: readonly number[]
  /** The limits that hold for this patient, in canonical units, in the order of the rule set's limit names. */
  readonly limits: readonly number[]
}

/** A condition at a moment, no later annotation being known. As time goes on it can only become unknown. */
export type Closure = (view: PatientView, at: number) => Truth
